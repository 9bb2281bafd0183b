// Recording and going live by the app's own buttons, with the real worker: what comes out is played in the app, downloaded, and
// looked into.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { enter, goodbye, openApp } from './support/app.mjs';
import { isColor, PEOPLE } from './support/browser.mjs';
import { MediaFile } from './support/media_file.mjs';
import { RtmpServer } from './support/rtmp_server.mjs';
import { scene } from './support/scene.mjs';
import { eventually } from './support/server.mjs';

const on = scene({ serverArgs: ['--app-access', 'open', '--allow-private-destinations'] });
let rtmp;
before(async () => {
  rtmp = await RtmpServer.start();
});
after(() => rtmp?.close());

const MEDIA = readFileSync(join(import.meta.dirname, 'support/media.js'), 'utf8');
/** Opens the app on a device whose camera and microphone are this person's colour and tone. */
async function arrive(name, path, options = {}) {
  const { color, tone } = PEOPLE[name];
  const before = (tab) => tab.addInitScript(`${MEDIA};
    navigator.mediaDevices.getUserMedia = async ({ video, audio }) => {
      const all = TestMedia.make({ color: ${JSON.stringify(color)}, tone: ${tone}, width: 640, height: 360 });
      return new MediaStream([...(video ? all.getVideoTracks() : []), ...(audio ? all.getAudioTracks() : [])]);
    };`);
  const tab = await openApp(on, path, { before, acceptDownloads: true, ...options });
  await enter(tab, name);
  return tab;
}
async function meet(...names) {
  const roomId = await on.server.createRoom();
  const tabs = [];
  for (const name of names) tabs.push(await arrive(name, `/m/${roomId}`));
  for (const name of names.slice(1)) await tabs[0].locator('figure.tile.video', { hasText: name }).waitFor();
  return { roomId, tabs };
}
const dialog = (tab) => tab.getByRole('dialog');
const press = (tab, name) => dialog(tab).getByRole('button', { name, exact: true }).click();
const mark = (tab, text) => tab.locator('.mark.active', { hasText: text }).waitFor();
const noMarks = (tab) => eventually('the marks to go', async () => (await tab.locator('.mark').count()) === 0, { timeout: 30_000 });

test('a recording by the button is played, sought, downloaded and deleted on the page of recordings', async () => {
  const { roomId, tabs: [anna, ben] } = await meet('anna', 'ben');
  await anna.getByRole('button', { name: 'Record', exact: true }).click();
  await press(anna, 'Start recording');
  for (const tab of [anna, ben]) await mark(tab, 'Recording');
  const began = Date.now();
  await delay(7000);
  await press(anna, 'Stop recording');
  const seconds = (Date.now() - began) / 1000;
  for (const tab of [anna, ben]) await noMarks(tab);

  const [page] = await Promise.all([anna.context().waitForEvent('page'), dialog(anna).getByRole('link', { name: 'Recordings of this meeting' }).click()]);
  await page.waitForURL((url) => url.search === `?room=${roomId}`);
  const row = page.getByRole('list', { name: 'Recordings' }).getByRole('listitem');
  await row.getByRole('button', { name: /^Play/ }).click();
  const video = row.locator('video');
  await eventually('the recording to play', () => video.evaluate((v) => v.currentTime > 1 && !v.paused && v.videoWidth === 1280 && v.getVideoPlaybackQuality().totalVideoFrames > 10));
  const { duration, seen } = await video.evaluate(async (v) => {
    v.pause();
    v.currentTime = v.duration - 2;
    await new Promise((done) => v.addEventListener('seeked', done, { once: true }));
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [v.videoWidth, v.videoHeight];
    const draw = canvas.getContext('2d');
    draw.drawImage(v, 0, 0);
    const at = (x) => [...draw.getImageData(x * canvas.width, 0.55 * canvas.height, 1, 1).data].slice(0, 3);
    return { duration: v.duration, seen: [at(0.25), at(0.75)] };
  });
  assert.ok(Math.abs(duration - seconds) < 1.5, `${duration} s of ${seconds} s`);
  assert.ok(isColor(seen[0], PEOPLE.anna.color) && isColor(seen[1], PEOPLE.ben.color), `both are where they belong after a jump: ${JSON.stringify(seen)}`);

  const [download] = await Promise.all([page.waitForEvent('download'), row.getByRole('link', { name: /^Download/ }).click()]);
  assert.match(download.suggestedFilename(), /\.mp4$/);
  const file = new MediaFile(await download.path());
  assert.deepEqual([file.video.codec_name, file.audio.codec_name, file.video.width, file.video.height], ['h264', 'aac', 1280, 720]);
  assert.ok(Math.abs(file.duration - duration) < 0.2);
  assert.equal(file.complaints(), '');
  for (const name of ['anna', 'ben']) {
    assert.ok(file.picture(file.duration / 2).find(PEOPLE[name].color)?.share > 0.15, `${name} is seen`);
    assert.ok(file.tone(PEOPLE[name].tone, 2, file.duration - 0.5) > 0.05, `${name} is heard`);
  }

  const link = await row.getByRole('link', { name: /^Download/ }).getAttribute('href');
  assert.equal((await fetch(link, { headers: { range: 'bytes=0-99' } })).status, 206);
  await row.getByRole('button', { name: /^Delete/ }).click();
  await press(page, 'Delete');
  await page.getByText('Nothing has been recorded in this meeting yet.').waitFor();
  await eventually('the file to be gone', async () => [404, 410].includes((await fetch(link)).status));
  await page.close();
  await goodbye(anna, ben);
});

test('going live by the button: the picture arrives, a dead destination says so and harms nobody, everyone sees the mark', async () => {
  const { tabs: [anna, ben] } = await meet('anna', 'ben');
  await anna.getByRole('button', { name: 'Go live', exact: true }).click();
  const fill = async (url, key) => {
    await dialog(anna).locator('select').first().waitFor();
    const form = dialog(anna).getByRole('group', { name: /estination/ }).last();
    await form.getByRole('combobox').selectOption('custom');
    await form.getByLabel('Server', { exact: true }).fill(url);
    await form.getByLabel('Stream key', { exact: true }).fill(key);
  };
  await fill(rtmp.url, 'good-key');
  await press(anna, 'Add another destination');
  await fill(rtmp.closedUrl, 'bad-key');
  await press(anna, 'Go live');
  const rows = dialog(anna).getByRole('list', { name: 'Destinations' }).getByRole('listitem');
  await rows.filter({ hasText: rtmp.url }).getByText('Live', { exact: true }).waitFor();
  await mark(ben, 'Live');
  const refused = rows.filter({ hasText: rtmp.closedUrl });
  await eventually('the other one to say why it is not live', async () => /again|Failed/.test(await refused.locator('.output-state').textContent()) && (await refused.locator('.output-message').count()) === 1);

  const file = await rtmp.watch('good-key', 5);
  assert.deepEqual([file.video.codec_name, file.audio.codec_name], ['h264', 'aac']);
  for (const name of ['anna', 'ben']) {
    assert.ok(file.picture(3).find(PEOPLE[name].color)?.share > 0.15, `viewers see ${name}`);
    assert.ok(file.tone(PEOPLE[name].tone, 1, 4) > 0.05, `viewers hear ${name}`);
  }
  await refused.getByRole('button', { name: /^Stop sending/ }).click();
  await eventually('its row to go', async () => (await rows.count()) === 1);
  await press(anna, 'Add a destination');
  await fill(rtmp.url, 'second-key');
  await press(anna, 'Send there, too');
  await eventually('both to be live', async () => (await rows.locator('.output-state').allTextContents()).join() === 'Live,Live');
  await rtmp.watch('second-key', 2);
  await press(anna, 'End livestream');
  for (const tab of [anna, ben]) await noMarks(tab);
  assert.ok(!on.server.log.includes('good-key') && !on.server.log.includes('second-key'), 'keys are not logged');
  await goodbye(anna, ben);
});

test('HLS by the button: the copied link is played by whoever has it', async () => {
  const { tabs: [anna] } = await meet('anna');
  await anna.keyboard.press('l');
  await dialog(anna).getByRole('tab', { name: 'By a link (HLS)' }).click();
  await press(anna, 'Start the stream');
  await mark(anna, 'Live');
  await dialog(anna).getByRole('button', { name: 'Copy link to watch from the beginning' }).click({ timeout: 60_000 });
  const link = await anna.evaluate(() => navigator.clipboard.readText());
  assert.match(link, /^http:.*\.m3u8$/);
  const viewer = join(mkdtempSync(join(rtmp.folder, 'hls-')), 'seen.mkv');
  await promisify(execFile)('ffmpeg', ['-v', 'error', '-rw_timeout', '15000000', '-live_start_index', '0', '-i', link, '-t', '4', '-c', 'copy', viewer]);
  const seen = new MediaFile(viewer);
  assert.ok(seen.duration > 3.5 && seen.picture(1).find(PEOPLE.anna.color)?.share > 0.4, 'viewers see anna');
  assert.ok(seen.tone(PEOPLE.anna.tone, 1, 3) > 0.05, 'viewers hear anna');
  await press(anna, 'End the stream');
  await noMarks(anna);
  await goodbye(anna);
});
