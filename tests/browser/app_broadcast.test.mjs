// Recording and going live in the web app, against a server that plays every state: buttons, words, marks, and what is not kept.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { enter, goodbye, openApp, PHONE } from './support/app.mjs';
import { scene } from './support/scene.mjs';
import { ScriptedEgress } from './support/scripted_egress.mjs';
import { eventually } from './support/server.mjs';

const on = scene({ serverArgs: ['--app-access', 'open'] });

/** Anna, who may do everything, and whoever else is named with a token's claims, in a room whose egresses are scripted. */
async function meet(others = {}, options = {}) {
  const egress = new ScriptedEgress();
  const before = (tab) => egress.attach(tab);
  const roomId = await on.server.createRoom();
  const anna = await openApp(on, `/m/${roomId}`, { before, ...options });
  await enter(anna, 'Anna');
  const tabs = [];
  for (const [name, claims] of Object.entries(others)) {
    const tab = await openApp(on, `/m/${roomId}?token=${on.server.token(claims)}`, { before });
    await enter(tab, name);
    tabs.push(tab);
  }
  return { egress, anna, roomId, others: tabs };
}
const mark = (tab, text) => tab.locator('.mark', { hasText: text });
const says = (tab, words) => eventually(`a screen reader to hear “${words}”`, async () => (await tab.locator('.marks [aria-live]').textContent()) === words);
const dialog = (tab) => tab.getByRole('dialog');
const press = (tab, name) => dialog(tab).getByRole('button', { name, exact: true }).click();

test('a recording from its button: choices, every state, pause, and a mark that everyone sees and hears of', async () => {
  const { egress, anna, others: [ben] } = await meet({ Ben: { permissions: ['allow_join'] } });
  assert.equal(await ben.getByRole('button', { name: /record|live/i }).count(), 0, 'only moderators have the controls');
  await anna.keyboard.press('r');
  await dialog(anna).getByText('Sidebar').click();
  await dialog(anna).getByLabel('Quality').selectOption({ label: '1080p' });
  await dialog(anna).getByLabel('File').selectOption('webm');
  await press(anna, 'Start recording');
  await mark(ben, 'Recording is starting').waitFor();
  assert.equal(await dialog(anna).getByRole('button', { name: 'Start recording' }).isDisabled(), true);
  const { options } = egress.asked[0];
  assert.deepEqual(options, { fileFormat: 'webm', config: { layout: { type: 'SIDEBAR', priority: 'SPEAKER', gridSize: 25 }, theme: 'DARK', quality: 'high', orientation: 'landscape', mode: 'video-and-audio' } });

  egress.tell('recording', { status: 'RECORDING_STARTED', startedAtMs: BigInt(Date.now()) });
  for (const tab of [anna, ben]) {
    await tab.locator('.mark.active', { hasText: 'Recording' }).waitFor();
    await says(tab, 'This meeting is being recorded.');
  }
  await anna.getByRole('button', { name: 'Recording now: controls', includeHidden: true }).waitFor();
  await dialog(anna).getByLabel('Background').selectOption('LIGHT');
  assert.equal(await dialog(anna).getByLabel('Quality').isDisabled(), true, 'what is fixed cannot be touched');
  await press(anna, 'Pause');
  egress.tell('recording', { paused: true });
  await mark(ben, 'Recording paused').waitFor();
  await says(ben, 'The recording is paused.');
  await press(anna, 'Resume');
  egress.tell('recording', { paused: false });
  await press(anna, 'Stop recording');
  egress.tell('recording', { status: 'RECORDING_STOPPING' });
  await mark(ben, 'Saving the recording').waitFor();
  egress.tell('recording', { status: 'RECORDING_STOPPED' });
  await says(ben, 'The recording has ended.');
  await eventually('the mark to go', async () => (await ben.locator('.mark').count()) === 0);
  assert.deepEqual(egress.asked.slice(1).map(({ what, options }) => [what, options]), [
    ['updateEgress', { config: { theme: 'LIGHT' } }],
    ['updateEgress', { paused: true }],
    ['updateEgress', { paused: false }],
    ['stopEgress', {}],
  ]);
  await goodbye(anna, ben);
});

test('a recording that is refused or dies says why, to whom it concerns', async () => {
  const { egress, anna, others: [ben] } = await meet({ Ben: { permissions: ['allow_join'] } });
  egress.refusal = { code: 4018, message: 'The last recording is still being saved.' };
  await anna.getByRole('button', { name: 'Record', exact: true }).click();
  await press(anna, 'Start recording');
  await dialog(anna).getByRole('alert').getByText('still being saved').waitFor();
  egress.refusal = null;
  await press(anna, 'Start recording');
  await dialog(anna).getByRole('alert').waitFor({ state: 'detached' });
  egress.tell('recording', { status: 'RECORDING_STARTED' });
  await mark(ben, 'Recording').waitFor();
  egress.tell('recording', { status: 'RECORDING_FAILED', error: { code: 5001, message: 'the disk is full' } });
  await dialog(anna).getByText('The last recording failed: the disk is full').waitFor();
  await anna.locator('.notice', { hasText: 'The recording failed: the disk is full' }).waitFor();
  await says(ben, 'The recording has ended.');
  assert.equal(await ben.locator('.notice', { hasText: 'disk' }).count(), 0, 'the others need not know of disks');
  await goodbye(anna, ben);
});

test('a livestream to three platforms: keys are masked and kept nowhere, each output has its state, more can come and go', async () => {
  const { egress, anna, others: [ben] } = await meet({ Ben: { permissions: ['allow_join'] } });
  const keys = ['youtube-key-1', 'live_twitch_2', 'FB-3'];
  await anna.keyboard.press('l');
  const platform = () => dialog(anna).getByLabel('Platform').last();
  const field = (label) => dialog(anna).getByLabel(label, { exact: true }).last();
  await press(anna, 'Go live');
  await dialog(anna).getByText('YouTube: enter the stream key.').waitFor();
  assert.deepEqual(egress.asked, [], 'what is incomplete is not sent');
  await field('Stream key').fill(keys[0]);
  await press(anna, 'Add another destination');
  await platform().selectOption('twitch');
  await field('Stream key').fill(keys[1]);
  await press(anna, 'Add another destination');
  await platform().selectOption('facebook');
  await field('Stream key').fill(keys[2]);
  assert.deepEqual(await dialog(anna).getByLabel('Stream key', { exact: true }).evaluateAll((all) => all.map(({ type }) => type)), ['password', 'password', 'password']);
  await press(anna, 'Go live');
  await dialog(anna).getByRole('list', { name: 'Destinations' }).waitFor({ state: 'detached' });
  assert.deepEqual(egress.asked[0].options.outputs, [
    { url: 'rtmp://a.rtmp.youtube.com/live2', streamKey: keys[0] },
    { url: 'rtmp://live.twitch.tv/app', streamKey: keys[1] },
    { url: 'rtmps://live-api-s.facebook.com:443/rtmp/', streamKey: keys[2] },
  ]);
  const outputs = ['youtube.com', 'twitch.tv', 'facebook.com'].map((host, i) => ({ id: `output-${i}`, url: `rtmp://x.${host}/app`, state: 'live' }));
  egress.tell('livestream', { status: 'LIVESTREAM_STARTED', outputs });
  await ben.locator('.mark.active', { hasText: 'Live' }).waitFor();
  await says(ben, 'This meeting is live.');
  Object.assign(outputs[1], { state: 'retrying', message: 'connection reset' });
  Object.assign(outputs[2], { state: 'failed', message: 'the stream key was refused' });
  egress.tell('livestream', { outputs });
  const rows = dialog(anna).getByRole('list', { name: 'Destinations' }).getByRole('listitem');
  await rows.filter({ hasText: 'Facebook' }).getByText('the stream key was refused').waitFor();
  assert.deepEqual(await rows.locator('.output-state').allTextContents(), ['Live', 'Connecting again …', 'Failed']);
  await anna.locator('.notice', { hasText: 'Twitch: connection lost, trying again (connection reset)' }).waitFor();

  await dialog(anna).getByRole('button', { name: 'Stop sending to Facebook' }).click();
  await press(anna, 'Add a destination');
  await platform().selectOption('custom');
  await field('Server').fill('rtmp://media.example/live/room');
  await press(anna, 'Send there, too');
  await eventually('the form to close', async () => (await dialog(anna).getByRole('group', { name: 'New destination' }).count()) === 0);
  assert.deepEqual(egress.asked.slice(1).map(({ options }) => options), [
    { remove: ['output-2'] },
    { add: [{ url: 'rtmp://media.example/live/room', streamKey: '' }] },
  ]);
  const kept = await anna.evaluate(async () => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href, (await indexedDB.databases()).length, document.body.innerHTML]));
  for (const key of keys) assert.ok(!kept.includes(key), `${key} is nowhere any more`);
  await press(anna, 'End livestream');
  egress.tell('livestream', { status: 'LIVESTREAM_STOPPED', outputs: [] });
  await says(ben, 'This meeting is no longer live.');
  await goodbye(anna, ben);
});

test('HLS gives a link to copy once it can be played', async () => {
  const { egress, anna } = await meet();
  await anna.keyboard.press('l');
  await dialog(anna).getByRole('tab', { name: 'By a link (HLS)' }).click();
  await press(anna, 'Start the stream');
  egress.tell('hls', { status: 'HLS_STARTED' });
  await dialog(anna).getByText('it can be played in a few seconds').waitFor();
  assert.equal(await dialog(anna).getByRole('button', { name: /^Copy/ }).count(), 0);
  egress.tell('hls', { status: 'HLS_PLAYABLE', playbackHlsUrl: '/hls/e3/index.m3u8', livestreamUrl: 'https://cdn.example/live.m3u8' });
  await dialog(anna).getByRole('button', { name: 'Copy link to watch from the beginning' }).click();
  assert.equal(await anna.evaluate(() => navigator.clipboard.readText()), `${on.server.url}/hls/e3/index.m3u8`);
  assert.equal(await dialog(anna).getByLabel('Link to what happens now', { exact: true }).inputValue(), 'https://cdn.example/live.m3u8');
  await press(anna, 'End the stream');
  assert.deepEqual(egress.asked.map(({ what, kind }) => [what, kind]), [['startEgress', 2], ['stopEgress', 2]]);
  await goodbye(anna);
});

test('on a phone every control is within reach, with three destinations open too', async () => {
  const { egress, anna } = await meet({}, PHONE);
  const cutOff = (selector) => anna.evaluate((chosen) => [...document.querySelectorAll(chosen)].filter((element) => {
    const box = element.getBoundingClientRect();
    return box.width < 24 || box.left < -1 || box.right > innerWidth + 1 || box.bottom > innerHeight + 1 || box.top < -1;
  }).map((element) => element.getAttribute('aria-label') ?? element.textContent), selector);
  assert.deepEqual(await cutOff('.controls button'), []);
  await anna.getByRole('button', { name: /^More/ }).click();
  await press(anna, 'Record');
  assert.deepEqual(await cutOff('dialog .row button'), []);
  await press(anna, 'Start recording');
  egress.tell('recording', { status: 'RECORDING_STARTED' });
  await dialog(anna).getByRole('button', { name: 'Stop recording' }).waitFor();
  assert.deepEqual(await cutOff('dialog .row button, .mark'), []);
  await press(anna, 'Close');
  await anna.getByRole('button', { name: /^More/ }).click();
  await press(anna, 'Go live');
  for (let i = 0; i < 2; i++) await press(anna, 'Add another destination');
  assert.equal(await anna.getByLabel('Stream key', { exact: true }).count(), 3);
  assert.deepEqual(await cutOff('dialog .row.wrap button'), [], 'the buttons stay in sight while the rest scrolls');
  assert.ok(await anna.evaluate(() => document.querySelector('dialog').scrollWidth <= document.querySelector('dialog').clientWidth), 'nothing sticks out sideways');
  await goodbye(anna);
});

test('the page of recordings: nothing yet, the server in trouble, one in the making, and a link that has expired', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-clip-'));
  const clip = join(folder, 'clip.mp4');
  execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=s=320x180:r=25:d=2', '-pix_fmt', 'yuv420p', '-movflags', '+faststart', clip]);
  const roomId = await on.server.createRoom();
  const making = { id: 'one', roomId, sessionId: 's', status: 'RECORDING_STARTED', start: '2026-11-24T06:30:00.000Z', end: null, file: null };
  const file = { fileUrl: `${on.server.url}/files/old.mp4`, filePath: 'one/recording.mp4', size: 12_345_678, meta: { resolution: { width: 320, height: 180 }, format: 'mp4', duration: 65 } };
  const ready = { ...making, status: 'RECORDING_STOPPED', end: '2026-11-24T06:31:05.000Z', file };
  let answer = { status: 200, json: { pageInfo: { lastPage: 1 }, data: [] } };
  const asked = [];
  const tab = await openApp(on, '/', {
    before: async (page) => {
      await page.route('**/v2/recordings?*', (route) => route.fulfill(answer));
      await page.route('**/v2/recordings/one', (route) => {
        asked.push(route.request().method());
        return route.fulfill({ json: { ...ready, file: { ...file, fileUrl: `${on.server.url}/files/new.mp4` } } });
      });
      await page.route('**/files/old.mp4', (route) => route.fulfill({ status: 403, body: 'expired' }));
      await page.route('**/files/new.mp4', (route) => route.fulfill({ path: clip, contentType: 'video/mp4' }));
    },
  });
  await tab.getByLabel('Meeting id or address').fill(`https://meet.example/m/${roomId}`);
  await tab.getByRole('link', { name: 'Recordings of a meeting' }).click();
  await tab.getByText('Nothing has been recorded in this meeting yet.').waitFor();
  answer = { status: 503, json: { message: 'The server cannot look for recordings now.' } };
  await tab.reload();
  await tab.getByRole('alert').getByText('cannot look for recordings').waitFor();
  answer = { json: { pageInfo: { lastPage: 1 }, data: [making] } };
  await tab.getByRole('button', { name: 'Try again' }).click();
  await tab.getByText('Recording now').waitFor();
  assert.equal(await tab.getByRole('button', { name: /Play|Delete/ }).count(), 0, 'what is being made can be neither played nor deleted');
  answer = { json: { pageInfo: { lastPage: 1 }, data: [ready] } };
  await tab.getByText('1:05 · 12 MB · 320 × 180 · MP4').waitFor();
  await tab.getByRole('button', { name: /^Play/ }).click();
  await eventually('it to play by a fresh link', () => tab.locator('video').evaluate((video) => video.currentTime > 0.3));
  assert.deepEqual(asked, ['GET']);
  await goodbye(tab);
  rmSync(folder, { recursive: true });
});
