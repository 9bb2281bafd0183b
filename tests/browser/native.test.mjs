// A native participant (the C++ SDK) among browsers: both sides see and hear each other, in VP8 and in H.264.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { PEOPLE, isColor } from './support/browser.mjs';
import { scene } from './support/scene.mjs';
import { eventually } from './support/server.mjs';

const on = scene();
const PROGRAM = process.env.PARLEY_SDK_PERSON ?? join(import.meta.dirname, '../../build/release/sdk/cpp/sdk_person');

const PUBLISHER = process.env.PARLEY_PUBLISHER ?? join(import.meta.dirname, '../../build/release/sdk/cpp/examples/example-file-publisher');

/** sdk_person in a room; `saw` and `heard` keep the last of what it told of each participant. */
function arrive(name, { token, meetingId, codec }) {
  const { color, tone } = PEOPLE[name];
  const tones = Object.values(PEOPLE).map((person) => person.tone);
  const child = spawn(PROGRAM, [on.server.url, token, meetingId, name, codec, ...color, tone, ...tones].map(String), { stdio: ['pipe', 'pipe', 'inherit'] });
  const native = { name, color, tone, saw: {}, heard: {} };
  createInterface({ input: child.stdout }).on('line', (line) => {
    const told = JSON.parse(line);
    if (told.see) native.saw[told.id] = told.see;
    if (told.hear) native.heard[told.id] = told.hear;
  });
  const ended = new Promise((done) => child.on('exit', done));
  native.leave = async () => {
    child.stdin.end();
    assert.equal(await ended, 0, 'the native participant ends well');
  };
  return native;
}

for (const codec of ['VP8', 'H264']) {
  test(`a browser and a native participant see and hear each other (${codec})`, async () => {
    const { people: [anna, cleo], meetingId, token } = await on.meet(['anna', 'cleo']);
    const ben = arrive('ben', { token, meetingId, codec });
    for (const person of [anna, cleo]) {
      await eventually('ben to be there', async () => (await person.remoteIds()).includes('ben'), { timeout: 30000 });
      await person.sees(ben);
      await person.hears(ben);
      await eventually(`ben to see ${person.name}`, () => isColor(ben.saw[person.name], person.color), { timeout: 30000 });
      await eventually(`ben to hear ${person.name}`, () => ben.heard[person.name] === person.tone, { timeout: 30000 });
    }
    await ben.leave();
    await eventually('ben to be gone', async () => !(await anna.remoteIds()).includes('ben'));
    await Promise.all([anna.close(), cleo.close()]);
  });
}

const ENCODERS = {
  VP9: ['libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8'],
  AV1: ['libsvtav1', '-preset', '11'],
};

/** A film of one colour with sound, encoded before, as BT.709: a key picture each half second. */
function film(folder, codec, { color, tone }) {
  const hex = color.map((part) => part.toString(16).padStart(2, '0')).join('');
  const path = join(folder, `${codec}.webm`);
  execFileSync('ffmpeg', ['-v', 'fatal', '-f', 'lavfi', '-i', `color=0x${hex}:size=320x180:rate=30`, '-f', 'lavfi', '-i', `sine=frequency=${tone}`,
    '-f', 'lavfi', '-i', 'color=white:size=64x32:rate=30', '-t', '4', '-filter_complex',
    "[0:v][2:v]overlay=x='mod(n*11,320)':y=0,scale=out_color_matrix=bt709:out_range=tv,format=yuv420p", '-map', '1:a', '-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709',
    '-c:v', ...ENCODERS[codec], '-b:v', '300k', '-g', '15', '-c:a', 'libopus', '-af', 'volume=4', path], { stdio: 'ignore' });
  return path;
}

test('browsers show and play films that a native participant publishes as they are (VP9, AV1)', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-films-'));
  const { people: [anna], meetingId, token } = await on.meet(['anna']);
  const players = ['ben', 'cleo'].map((name, i) => {
    const codec = Object.keys(ENCODERS)[i];
    const child = spawn(PUBLISHER, ['--server', on.server.url, '--token', token, '--room', meetingId, '--id', name, '--name', name, '--copy', 'yes', '--loop', 'yes',
      film(folder, codec, PEOPLE[name])], { stdio: 'inherit' });
    return { ...PEOPLE[name], name, codec, child, ended: new Promise((done) => child.on('exit', done)) };
  });
  t.after(async () => {
    for (const { child, ended } of players) {
      child.kill();
      await ended;
    }
    rmSync(folder, { recursive: true });
  });
  for (const player of players) {
    await anna.sees(player);
    await anna.hears(player);
  }
  await anna.close();
});

test('a native participant goes on as a browser reloads', async () => {
  const { people: [anna], meetingId, token } = await on.meet(['anna']);
  const ben = arrive('ben', { token, meetingId, codec: 'VP8' });
  await anna.sees(ben);
  await eventually('ben to see anna', () => isColor(ben.saw.anna, anna.color));
  ben.saw = {};
  await anna.page.reload();
  await anna.join({ token, meetingId });
  await anna.sees(ben);
  await eventually('ben to see anna again', () => isColor(ben.saw.anna, anna.color));
  await anna.close();
  await ben.leave();
});
