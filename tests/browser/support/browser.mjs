// Real browsers and the people in them. A participant is a browser context of its own with a page that loads the SDK from
// the server under test, as an application on another origin would.
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { eventually } from './server.mjs';

const MEDIA = readFileSync(join(import.meta.dirname, 'media.js'), 'utf8');

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream=fps=30,display-media-type=browser', '--autoplay-policy=no-user-gesture-required'];

/** Colours and tones far enough apart to survive any codec. */
export const PEOPLE = {
  anna: { color: [200, 30, 30], tone: 440 },
  ben: { color: [30, 170, 40], tone: 700 },
  cleo: { color: [40, 60, 210], tone: 1000 },
  dora: { color: [200, 190, 30], tone: 1400 },
  emil: { color: [170, 40, 170], tone: 1900 },
  finn: { color: [30, 180, 190], tone: 2500 },
};

export async function launchChromium(flags = []) {
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: [...FLAGS, ...flags] });
}

/** An application's own web server: an empty page on an origin that is not Parley's. */
export async function startPage(server, script = 'parley.js') {
  const http = createServer((request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(`<!doctype html><meta charset="utf-8"><title>test page</title><body>
      <script src="${server.url}/sdk/${script}"></script><script>${MEDIA}</script>`);
  });
  await new Promise((done) => http.listen(0, '127.0.0.1', done));
  return { url: `http://127.0.0.1:${http.address().port}/`, close: () => http.close() };
}

export function isColor(actual, wanted) {
  return actual && actual.every((value, i) => Math.abs(value - wanted[i]) < 45);
}

export class Person {
  constructor(name, page, context) {
    Object.assign(this, { name, page, context, ...(PEOPLE[name] ?? {}) });
  }

  /** Opens the page in a fresh context (a device of one's own). */
  static async arrive(browser, page, name, { log = false } = {}) {
    const context = await browser.newContext({ permissions: ['camera', 'microphone'] });
    const tab = await context.newPage();
    const person = new Person(name, tab, context);
    person.console = [];
    tab.on('console', (message) => person.console.push(message.text()));
    tab.on('pageerror', (error) => person.console.push(`page error: ${error.stack ?? error}`));
    if (log || process.env.PARLEY_LOG) {
      tab.on('console', (m) => console.error(`[${name}]`, m.text()));
      tab.on('pageerror', (e) => console.error(`[${name}] page error`, e));
    }
    await tab.goto(page.url);
    return person;
  }

  /** Joins with own picture and tone. `options` go to initMeeting; `media: false` joins without any. */
  async join({ token, meetingId, media = {}, ...options }) {
    await this.page.evaluate(async ({ person, token, meetingId, media, options }) => {
      Parley.config(token);
      const own = media === false ? null : TestMedia.make({ ...person, ...media });
      window.own = own;
      window.events = [];
      const meeting = Parley.initMeeting({
        meetingId, name: person.name, participantId: person.name, micEnabled: !!own, webcamEnabled: !!own,
        ...(own && { customCameraVideoTrack: own, customMicrophoneAudioTrack: own }), ...options,
      });
      window.meeting = meeting;
      for (const event of ['meeting-joined', 'meeting-left', 'participant-joined', 'participant-left', 'speaker-changed',
        'presenter-changed', 'entry-requested', 'entry-responded', 'mic-requested', 'webcam-requested', 'pin-state-changed',
        'meeting-state-changed', 'participant-mode-changed', 'error', 'data', 'quality-limitation']) {
        meeting.on(event, (...args) => {
          window.events.push({ event, args: args.map((a) => { try { return JSON.parse(JSON.stringify(a?.id ? { id: a.id } : a ?? null)); } catch { return String(a); } }) });
          (window.handlers?.[event] ?? (() => {}))(...args);
        });
      }
      await meeting.join();
    }, { person: { name: this.name, color: this.color, tone: this.tone }, token, meetingId, media, options });
    return this;
  }

  /** Evaluates in the page with `meeting` at hand. */
  run(work, argument) {
    return this.page.evaluate(work, argument);
  }
  events(name) {
    return this.page.evaluate((n) => window.events.filter((e) => e.event === n).map((e) => e.args), name);
  }
  remoteIds() {
    return this.page.evaluate(() => [...window.meeting.participants.keys()]);
  }

  /** What is seen of another participant's stream of this kind, null if there is none. */
  look(name, kind = 'video') {
    return this.page.evaluate(async ({ name, kind }) => {
      const stream = [...(window.meeting.participants.get(name)?.streams.values() ?? [])].find((s) => s.kind === kind);
      return stream?.track ? TestMedia.look(stream.track) : null;
    }, { name, kind });
  }
  listen(name, kind = 'audio') {
    return this.page.evaluate(async ({ name, kind }) => {
      const stream = [...(window.meeting.participants.get(name)?.streams.values() ?? [])].find((s) => s.kind === kind);
      return stream?.track ? TestMedia.listen(stream.track) : null;
    }, { name, kind });
  }

  /** Waits until the other's own moving picture is on the other's tile here. */
  async sees(other, kind = 'video', timeout = 20000) {
    let last;
    await eventually(`${this.name} to see ${other.name} (${kind})`, async () => {
      last = await this.look(other.name, kind);
      return last && last.moving && isColor(last.color, other.color);
    }, { timeout }).catch((error) => { throw new Error(`${error.message}; saw ${JSON.stringify(last)}`); });
    return last;
  }
  async hears(other, kind = 'audio', timeout = 20000) {
    let last;
    await eventually(`${this.name} to hear ${other.name}`, async () => {
      last = await this.listen(other.name, kind);
      return Math.abs(last - other.tone) < 25;
    }, { timeout }).catch((error) => { throw new Error(`${error.message}; heard ${last} Hz`); });
  }
  /** Waits until nothing is heard of the other. */
  async hearsNothingOf(other, timeout = 10000) {
    await eventually(`${this.name} to hear nothing of ${other.name}`, async () => !(await this.listen(other.name)), { timeout });
  }
  async leave() {
    await this.page.evaluate(() => window.meeting.leave());
  }
  async close() {
    await this.context.close();
  }
}

/** Everybody sees and hears everybody else. */
export async function allSeeAndHear(people) {
  for (const one of people) {
    for (const other of people) {
      if (one === other) continue;
      await one.sees(other);
      await one.hears(other);
    }
  }
}
