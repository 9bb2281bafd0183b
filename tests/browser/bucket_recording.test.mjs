// A recording in a bucket, on the app's page of recordings: the browser plays it from there, and the page's security policy
// lets it, and only it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openApp } from './support/app.mjs';
import { launchChromium, Person, startPage } from './support/browser.mjs';
import { S3Server } from './support/s3_server.mjs';
import { eventually, Server } from './support/server.mjs';

const on = {};
before(async () => {
  on.s3 = await S3Server.start();
  on.server = await Server.start(['--app-access', 'open', ...on.s3.flags]);
  on.page = await startPage(on.server, 'parley.js');
  on.browser = await launchChromium();
});
after(async () => {
  await on.browser?.close();
  on.page?.close();
  await on.server?.close();
  await on.s3?.close();
});

test('a recording plays, and is sought, from the bucket, and the page reaches no other place', async () => {
  const meetingId = await on.server.createRoom();
  const token = on.server.token({ permissions: ['allow_join', 'allow_mod'] });
  const anna = await (await Person.arrive(on.browser, on.page, 'anna')).join({ token, meetingId });
  const { body: { id } } = await on.server.rest('POST', '/v2/recordings/start', { roomId: meetingId });
  const find = async () => (await on.server.rest('GET', `/v2/recordings/${id}`)).body;
  await eventually('the recording to run', async () => (await find()).status === 'RECORDING_STARTED', { timeout: 60_000 });
  await delay(6000); // this is what is recorded
  await on.server.rest('POST', '/v2/recordings/end', { roomId: meetingId });
  await eventually('it to be in the bucket', async () => (await find()).storage === 'bucket', { timeout: 60_000 });
  await anna.leave?.();

  const asked = [];
  const tab = await openApp(on, `/recordings?room=${meetingId}`, { before: (page) => page.on('request', (request) => asked.push(request.url())) });
  const row = tab.getByRole('list', { name: 'Recordings' }).getByRole('listitem');
  await row.getByRole('button', { name: /^Play/ }).click();
  const video = row.locator('video');
  await eventually('it to play', () => video.evaluate((v) => v.currentTime > 0.5 && v.videoWidth === 1280 && v.getVideoPlaybackQuality().totalVideoFrames > 5), { timeout: 30_000 });
  await video.evaluate(async (v) => {
    v.pause();
    v.currentTime = v.duration - 1;
    await new Promise((done) => v.addEventListener('seeked', done, { once: true }));
  });
  assert.ok(asked.some((url) => url.startsWith(`${on.s3.endpoint}/${on.s3.bucket}/${id}/recording.mp4?`)), `from the bucket: ${asked}`);
  const refused = await tab.evaluate((elsewhere) => new Promise((done) => {
    document.addEventListener('securitypolicyviolation', (event) => done(event.effectiveDirective), { once: true });
    const other = document.createElement('video');
    other.src = elsewhere;
    document.body.append(other);
    other.load();
  }), on.s3.endpoint.replace('127.0.0.1', '127.0.0.2'));
  assert.equal(refused, 'media-src');
});
