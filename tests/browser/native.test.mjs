// A native participant (the C++ SDK) among browsers: both sides see and hear each other, in VP8 and in H.264.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { PEOPLE, isColor } from './support/browser.mjs';
import { scene } from './support/scene.mjs';
import { eventually } from './support/server.mjs';

const on = scene();
const PROGRAM = process.env.PARLEY_SDK_PERSON ?? join(import.meta.dirname, '../../build/release/sdk/cpp/sdk_person');

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
