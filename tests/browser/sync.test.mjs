// Lip sync of what a real browser sends: a page flashes and beeps each second, its canvas and its sound are published as tracks
// of its own, and in the recordings each flash must stand where its beep begins.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { playFilm, readFilm, TILE } from './support/film.mjs';
import { recordings } from './support/recordings.mjs';
import { scene } from './support/scene.mjs';

const on = scene();
const { folder, record } = recordings(on);

/**
 * Chromium's sender reports say of a packet of sound when it is sent: that is its length after its first sample was captured,
 * and where reports do not tell, it comes that much later, too. Whoever plays what a browser sends has its sound this late.
 */
const PACKET = 20;
/** Milliseconds between sound and picture in the file, and what may be added to the source's. */
const MOST = 40 + PACKET;
/**
 * How well the page plays at once what it means to, by the times of capture that Chromium gives to its tracks: a picture is
 * captured by a timer of 30 a second, a block of sound of 10 ms when it is made.
 */
const SOURCE = 20;
/** Flashes a part has, and how many of them a starved machine has to show: the middle one of them counts. */
const FLASHES = 8;
const SHOWN = FLASHES / 2;
/** Chromium says where its sound stands 5 s ± half of it after it said so last. */
const REPORTS = 8;

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** Seconds from `from` on that flashed, and in which the sound was where the page had last told: a starved machine loses time. */
const settled = (from, { flashed, slips }) =>
  flashed.filter((second) => second >= from && !slips.some((slip) => slip > second - REPORTS && slip <= second + 1));

test('flash and beep of a browser agree: behind a pause, when camera and microphone were off, and where sound stops', async () => {
  const meetingId = await on.server.createRoom({ multiComposition: { recording: true } });
  const { people: [anna] } = await on.meet(['anna'], { meetingId, media: false });
  await playFilm(anna);
  await anna.run(() => film.record());
  const publish = () => anna.run(async () => {
    const copy = film.stream.clone();
    await Promise.all([meeting.enableWebcam(copy), meeting.unmuteMic(copy)]);
  });
  const progress = () => anna.run(() => ({ second: film.second(), flashed: film.flashed, slips: film.slips }));
  const parts = [];
  const part = async (name) => {
    const from = (await progress()).second + 1;
    let seconds;
    for (let tries = 0; tries < 100; ++tries) {
      const now = await progress();
      seconds = settled(from, now).filter((second) => second < now.second);
      if (seconds.length >= FLASHES) break;
      await delay(250);
    }
    parts.push({ name, seconds });
  };

  await publish();
  const config = { quality: 'low' };  // two are composed and encoded beside a browser: what is measured is not how fast
  const running = [await record(meetingId, { config }), await record(meetingId, { fileFormat: 'webm', config })];
  await part('at first');
  for (const recording of running) await recording.pause();
  await delay(1200);
  for (const recording of running) await recording.resume();
  await part('behind the pause');
  await anna.run(() => Promise.all([meeting.disableWebcam(), meeting.muteMic()]));
  await delay(1200);
  await publish();
  await part('on again');
  await anna.run(() => film.stopSilence());
  await part('sound that stops between beeps');
  const reference = join(folder, 'source.webm');
  writeFileSync(reference, Buffer.from(await anna.run(() => film.recorded()), 'base64'));
  const files = await Promise.all(running.map(async (recording) => (await recording.stop()).file.path));

  const [source, ...shown] = await Promise.all([readFilm(reference), ...files.map((file) => readFilm(file, TILE))]);
  const own = new Map(source.flashes.map(({ second, offset }) => [second, offset]));
  for (const [i, read] of shown.entries()) {
    assert.equal(read.complaints, '');
    const flashes = new Map(read.flashes.map(({ second, offset }) => [second, offset]));
    for (const { name, seconds } of parts) {
      const both = seconds.filter((second) => own.has(second) && flashes.has(second));
      const [here, atSource] = [flashes, own].map((of) => both.map((second) => of.get(second)));
      const added = both.map((second) => flashes.get(second) - own.get(second));
      const what = `${['MP4', 'WebM'][i]}, ${name}`;
      const list = (values) => `${Math.round(median(values))} (${values.map(Math.round).join(' ')})`;
      console.log(`# ${what}: from beep to flash ${list(here)} ms, ${list(added)} more than at the source`);
      assert.ok(both.length >= SHOWN, `${what}: ${both.length} flashes`);
      assert.ok(Math.abs(median(atSource)) < SOURCE, `${what}: the page's own are ${list(atSource)} ms apart`);
      assert.ok(Math.abs(median(here)) <= MOST, `${what}: ${list(here)} ms`);
      assert.ok(Math.abs(median(added)) <= MOST, `${what}: ${list(added)} ms more than at the source`);
    }
  }
  await anna.close();
});
