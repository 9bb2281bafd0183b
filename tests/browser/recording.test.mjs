// Cloud recording of real browsers: the file is asked what it shows where, what it sounds like when, and whether it is whole.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { PEOPLE } from './support/browser.mjs';
import { recordings } from './support/recordings.mjs';
import { scene } from './support/scene.mjs';
import { setTimeout as delay } from 'node:timers/promises';

const on = scene();
const { record } = recordings(on);

/** A third of the full scale is what each person plays; mixed with others it may be turned down a little. */
const HEARD = 0.08;
const SILENT = 0.02;
const hears = (file, name, from, to) => file.tone(PEOPLE[name].tone, from, to);

/**
 * Pictures come on the beat of 30 a second. A starved machine may leave some out, never move one; what a pause of seconds
 * would leave is far more than that. Where parts are joined, the next one begins when the last one's sound ends, which is
 * up to an AAC frame (1024 samples) after its last picture.
 */
function keepsTime(file, joints = 0) {
  const times = file.pictureTimes();
  const gaps = times.slice(1).map((t, i) => t - times[i]);
  const off = gaps.filter((gap) => Math.abs(gap * 30 - Math.round(gap * 30)) > 0.1);
  assert.ok(off.length <= joints, `every picture is on the beat, but for ${joints}: ${off}`);
  const largest = Math.max(...gaps);
  assert.ok(largest < 1, `the largest gap is ${largest} s`);
  console.log(`# ${times.length} pictures in ${file.duration.toFixed(2)} s, largest gap ${(largest * 1000).toFixed(0)} ms`);
  return largest;
}

/** Where each person's colour is in the picture at `time`. */
function places(file, time, names) {
  const picture = file.picture(time);
  return Object.fromEntries(names.map((name) => [name, picture.find(PEOPLE[name].color)]));
}
/** First time at which `holds(file, time)`, in steps of `step`; -1 if never. */
function first(file, from, holds, step = 0.25) {
  for (let time = from; time < file.duration - 0.1; time += step) if (holds(file, time)) return time;
  return -1;
}

test('two people in a grid: each in a tile of their own, both heard, at 30 pictures a second', async () => {
  const { people, meetingId } = await on.meet(['anna', 'ben']);
  const [anna, ben] = people;
  await anna.sees(ben);
  const recording = await record(meetingId);
  await delay(6000);
  assert.deepEqual(await anna.remoteIds(), ['ben'], 'the recorder is not seen');
  const { file, seconds } = await recording.stop();
  console.log(`# first recorded picture ${recording.startDelay} ms after the call`);

  assert.equal(file.video.codec_name, 'h264');
  assert.equal(file.audio.codec_name, 'aac');
  assert.deepEqual([file.video.width, file.video.height], [1280, 720]);
  assert.ok(Math.abs(file.duration - seconds) < Math.max(0.3, 0.02 * seconds), `${file.duration} s of ${seconds} s`);
  assert.equal(file.complaints(), '');
  const largest = keepsTime(file);
  // Two seconds apart: later only by pictures that a starved machine left out there, and never sooner.
  const keys = file.keyTimes();
  const apart = keys.slice(1).map((t, i) => t - keys[i]);
  assert.ok(keys[0] < 0.04 && keys.length >= Math.floor(file.duration / (2 + largest)), `key frames at ${keys}`);
  assert.ok(apart.every((s) => s > 1.98 && s < 1.98 + largest + 0.02), `key frames ${apart} s apart`);

  const seen = places(file, file.duration / 2, ['anna', 'ben']);
  assert.ok(seen.anna?.x < 0.5 && seen.ben?.x > 0.5, JSON.stringify(seen));
  assert.ok(seen.anna.share > 0.15 && seen.ben.share > 0.15, JSON.stringify(seen));
  for (const name of ['anna', 'ben']) assert.ok(hears(file, name, 2, file.duration - 0.5) > HEARD, `${name} is heard`);
  assert.ok(file.tone(PEOPLE.cleo.tone, 2, file.duration - 0.5) < SILENT, 'nobody else is');
  await Promise.all(people.map((p) => p.close()));
});

/** Eight steps of 255: what two lossy encoders and 4:2:0 leave of a flat colour. A wrong matrix is off by 36. */
const isTrue = (seen, wanted) => seen.every((value, i) => Math.abs(value - wanted[i]) <= 8);

for (const fileFormat of ['mp4', 'webm']) {
  test(`colours of a browser's canvas (BT.709) come out of ${fileFormat} as they went in`, async () => {
    const names = ['anna', 'ben', 'cleo', 'dora'];
    const { people, meetingId } = await on.meet(names);
    for (const name of names.slice(1)) await people[0].sees(people[names.indexOf(name)]);
    const recording = await record(meetingId, { fileFormat });
    await delay(6000);
    const { file } = await recording.stop();
    if (fileFormat === 'mp4') {
      const { color_space, color_primaries, color_transfer, color_range } = file.video;
      assert.deepEqual([color_space, color_primaries, color_transfer, color_range], ['bt709', 'bt709', 'bt709', 'tv']);
    }
    const picture = file.picture(file.duration - 1);
    for (const name of names) {
      const { color } = PEOPLE[name];
      const at = picture.find(color);
      const seen = at && picture.around(at.x, at.y);
      console.log(`# ${name} sent ${color}, the file has ${seen}`);
      assert.ok(seen && isTrue(seen, color), `${name} sent ${color}, the file has ${seen}`);
    }
    await Promise.all(people.map((p) => p.close()));
  });
}

test('who joins, mutes, shares and leaves is found in the file when it happened', async () => {
  const { people: [anna], meetingId, token } = await on.meet(['anna']);
  const recording = await record(meetingId);
  await delay(2500);
  const [ben] = (await on.meet(['ben'], { meetingId, token })).people;
  await ben.sees(anna);
  const together = recording.elapsed();
  await delay(2500);
  await anna.run(() => meeting.muteMic());
  const muted = recording.elapsed();
  await delay(2500);
  await ben.run(async () => {
    window.screen_ = TestMedia.make({ color: [230, 120, 20], tone: 3100, width: 640, height: 360 });
    await meeting.enableScreenShare(window.screen_);
  });
  await delay(4000);
  const shared = recording.elapsed();
  await ben.run(() => meeting.disableScreenShare());
  await delay(2500);
  await ben.leave();
  await delay(3000);
  const { file } = await recording.stop();

  assert.equal(file.complaints(), '');
  const alone = places(file, 1.5, ['anna', 'ben']);
  assert.ok(alone.anna.share > 0.5 && !alone.ben, `anna fills the picture: ${JSON.stringify(alone)}`);
  const both = places(file, together + 1.5, ['anna', 'ben']);
  assert.ok(both.anna.share > 0.15 && both.ben.share > 0.15, `both are there: ${JSON.stringify(both)}`);
  assert.ok(hears(file, 'ben', together + 1, muted) > HEARD, 'ben is heard');
  assert.ok(hears(file, 'anna', 0.5, together) > HEARD, 'anna is heard');
  assert.ok(hears(file, 'anna', muted + 0.7, muted + 2.2) < SILENT, 'and is not while muted');
  const screen = file.picture(shared - 0.5).find([230, 120, 20]);
  assert.ok(screen?.share > 0.4, `the screen is the main picture: ${JSON.stringify(screen)}`);
  assert.ok(file.tone(3100, shared - 2, shared - 0.5) > HEARD, 'its sound is heard');
  const after = places(file, file.duration - 0.5, ['anna', 'ben']);
  assert.ok(after.anna.share > 0.5 && !after.ben, `anna is alone again: ${JSON.stringify(after)}`);
  await Promise.all([anna.close(), ben.close()]);
});

test('the layout changes while it runs, and a pause leaves no gap in the file', async () => {
  const { people, meetingId } = await on.meet(['anna', 'ben']);
  const recording = await record(meetingId, { config: { layout: { type: 'GRID', priority: 'SPEAKER' } } });
  await delay(3000);
  await people[0].run(() => meeting.participants.get('ben').pin());
  await recording.layout({ layout: { type: 'SPOTLIGHT', priority: 'PIN' } });
  await delay(3000);
  const before = recording.elapsed();
  await recording.pause();
  await delay(4000);
  await recording.resume();
  const gap = recording.elapsed() - before;
  await delay(3000);
  const { file, seconds } = await recording.stop();

  assert.equal(file.complaints(), '');
  assert.ok(Math.abs(file.duration - (seconds - gap)) < 1, `${file.duration} s of ${seconds} s with ${gap} s of pause`);
  const grid = places(file, 1.5, ['anna', 'ben']);
  assert.ok(grid.anna?.share > 0.15 && grid.ben?.share > 0.15, JSON.stringify(grid));
  assert.ok(first(file, 2, (f, t) => places(f, t, ['ben']).ben?.share > 0.5) > 0, 'the pinned one fills the picture');
  keepsTime(file, 1);
  await Promise.all(people.map((p) => p.close()));
});

test('WebM and sound alone', async () => {
  const { people, meetingId } = await on.meet(['anna', 'ben']);
  const webm = await record(meetingId, { fileFormat: 'webm', config: { quality: 'low', theme: 'LIGHT' } });
  await delay(5000);
  const { file } = await webm.stop();
  assert.ok(['vp8', 'vp9'].includes(file.video.codec_name) && file.audio.codec_name === 'opus');
  assert.equal(file.complaints(), '');
  assert.deepEqual([file.video.width, file.video.height], [854, 480]);
  const seen = places(file, file.duration / 2, ['anna', 'ben']);
  assert.ok(seen.anna && seen.ben, JSON.stringify(seen));
  const corner = file.picture(file.duration / 2).around(0.005, 0.01, 2);
  assert.ok(corner.every((c) => c > 180), `a light theme has a light background, not ${corner}`);

  const sound = await record(meetingId, { config: { mode: 'audio' } });
  await delay(4000);
  const heard = (await sound.stop()).file;
  assert.equal(heard.video, undefined);
  for (const name of ['anna', 'ben']) assert.ok(hears(heard, name, 1, heard.duration - 0.5) > HEARD, `${name} is heard`);
  await Promise.all(people.map((p) => p.close()));
});

test('a recording that cannot be is refused with a reason', async () => {
  const meetingId = await on.server.createRoom();
  const empty = await on.server.rest('POST', '/v2/recordings/start', { roomId: meetingId });
  assert.ok(empty.status >= 400 && empty.status < 500 && empty.body.message.length > 10, JSON.stringify(empty));
  const none = await on.server.rest('POST', '/v2/recordings/start', { roomId: 'none' });
  assert.equal(none.status, 404);
  const { people, meetingId: room } = await on.meet(['anna']);
  for (const [body, field] of [[{ config: { quality: 'best' } }, 'quality'], [{ fileFormat: 'avi' }, 'fileFormat'],
    [{ config: { layout: { type: 'CIRCLE' } } }, 'layout.type'], [{ config: { layout: { gridSize: 99 } } }, 'gridSize']]) {
    const answer = await on.server.rest('POST', '/v2/recordings/start', { roomId: room, ...body });
    assert.equal(answer.status, 400, JSON.stringify(answer));
    assert.match(answer.body.message, new RegExp(field.replace('.', '\\.')));
  }
  await people[0].close();
});
