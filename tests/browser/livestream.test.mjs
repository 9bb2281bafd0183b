// A room pushed live to RTMP servers: what viewers see and hear, outputs that fail, servers that restart, keys that stay secret.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PEOPLE } from './support/browser.mjs';
import { RtmpServer } from './support/rtmp_server.mjs';
import { scene } from './support/scene.mjs';
import { eventually, freePort } from './support/server.mjs';

const on = scene({ serverArgs: ['--allow-private-destinations'] });
let rtmp;
before(async () => { rtmp = await RtmpServer.start(); });
after(() => rtmp.close());

const rest = async (path, body) => {
  const answer = await on.server.rest('POST', path, body);
  assert.equal(answer.status, 200, `${path}: ${JSON.stringify(answer.body)}`);
  return answer.body;
};
const current = async (roomId) => (await on.server.rest('GET', `/v2/livestreams?roomId=${roomId}`)).body.data[0];
/** Waits until the outputs' states are these, in the order they were given. */
const states = (roomId, ...wanted) => eventually(`outputs to be ${wanted}`, async () => {
  const { outputs } = await current(roomId);
  return outputs.map((o) => o.state).join() === wanted.join() && outputs;
}, { timeout: 40000 });

function check(file) {
  assert.equal(file.video.codec_name, 'h264');
  assert.equal(file.audio.codec_name, 'aac');
  assert.equal(Number(file.audio.sample_rate), 48000);
  assert.deepEqual([file.video.width, file.video.height], [1280, 720]);
  const middle = file.duration / 2;
  const anna = file.picture(middle).find(PEOPLE.anna.color);
  assert.ok(anna?.share > 0.15, `anna is seen: ${JSON.stringify(anna)}`);
  assert.ok(file.tone(PEOPLE.anna.tone, 1, file.duration - 0.5) > 0.08, 'anna is heard');
  const keys = file.keyTimes();
  assert.ok(keys.slice(1).every((t, i) => Math.abs(t - keys[i] - 2) < 0.1), `key frames at ${keys}`);
  const gaps = file.pictureTimes().map((t, i, all) => (i ? t - all[i - 1] : 0));
  assert.ok(Math.max(...gaps) < 0.2, `the largest gap is ${Math.max(...gaps)} s`);
}

test('three outputs, one of them dead: two are live, restart by themselves, and no key is ever shown', async () => {
  const { people, meetingId } = await on.meet(['anna', 'ben']);
  const dead = `rtmp://127.0.0.1:${await freePort()}/live`;
  const keys = ['key-one-4711', 'key-two-4712', 'key-three-4713'];
  await rest('/v2/livestreams/start', { roomId: meetingId, outputs: [
    { url: rtmp.url, streamKey: keys[0] }, { url: rtmp.url, streamKey: keys[1] }, { url: dead, streamKey: keys[2] }] });
  const outputs = await states(meetingId, 'live', 'live', 'retrying');
  assert.ok(outputs[2].message.length > 5, 'it says why');
  for (const file of await Promise.all(keys.slice(0, 2).map((key) => rtmp.watch(key, 6)))) check(file);

  await rtmp.kill();
  await states(meetingId, 'retrying', 'retrying', 'retrying');
  await rtmp.launch();
  await states(meetingId, 'live', 'live', 'retrying');
  check(await rtmp.watch(keys[0], 6));

  const [, second] = (await current(meetingId)).outputs;
  await rest('/v2/livestreams/outputs', { roomId: meetingId, add: [{ url: rtmp.url, streamKey: 'key-four-4714' }], remove: [second.id] });
  await eventually('the new output to be live', async () => {
    const live = (await current(meetingId)).outputs.filter((o) => o.state === 'live');
    return live.length === 2;
  }, { timeout: 40000 });
  check(await rtmp.watch('key-four-4714', 5));

  const told = await people[0].run(() => JSON.stringify(meeting.egresses ?? []));
  await rest('/v2/livestreams/end', { roomId: meetingId });
  await eventually('the end', async () => (await current(meetingId)).status === 'LIVESTREAM_STOPPED');
  const listed = JSON.stringify((await on.server.rest('GET', '/v2/livestreams')).body);
  for (const key of [...keys, 'key-four-4714']) {
    for (const [where, text] of [['the log', on.server.log], ['the list', listed], ['the clients', told]]) {
      assert.ok(!text.includes(key), `${key} is in ${where}`);
    }
  }
  await Promise.all(people.map((p) => p.close()));
});

test('forty outputs at once are all live and have the same stream', async () => {
  const { people, meetingId } = await on.meet(['anna']);
  const outputs = Array.from({ length: 40 }, (_, i) => ({ url: rtmp.url, streamKey: `many-${i}` }));
  await rest('/v2/livestreams/start', { roomId: meetingId, outputs: outputs.slice(0, 30) });
  await rest('/v2/livestreams/outputs', { roomId: meetingId, add: outputs.slice(30) });
  await states(meetingId, ...outputs.map(() => 'live'));
  const files = await Promise.all(['many-0', 'many-17', 'many-39'].map((key) => rtmp.watch(key, 4)));
  for (const file of files) check(file);
  await rest('/v2/livestreams/end', { roomId: meetingId });
  await eventually('the end', async () => (await current(meetingId)).status === 'LIVESTREAM_STOPPED');
  await Promise.all(people.map((p) => p.close()));
});

test('a server that lets nobody publish is an output that fails with a reason; bad outputs are refused', async () => {
  const { people, meetingId } = await on.meet(['anna']);
  await rest('/v2/livestreams/start', { roomId: meetingId, outputs: [{ url: rtmp.closedUrl, streamKey: 'k' }] });
  const output = await eventually('a reason', async () => {
    const [o] = (await current(meetingId)).outputs;
    return ['failed', 'retrying'].includes(o.state) && o.message && o;
  }, { timeout: 40000 });
  assert.ok(output.message.length > 5);
  await rest('/v2/livestreams/end', { roomId: meetingId });
  for (const [outputs, field] of [[[], 'outputs'], [[{ url: 'http://x/live', streamKey: 'k' }], 'url'], [[{ streamKey: 'k' }], 'url'], [undefined, 'outputs']]) {
    const answer = await on.server.rest('POST', '/v2/livestreams/start', { roomId: meetingId, outputs });
    assert.equal(answer.status, 400, JSON.stringify(answer));
    assert.match(answer.body.message, new RegExp(field));
  }
  await Promise.all(people.map((p) => p.close()));
});
