// What flows: mute, camera off and on, screen share with its sound, quality, codecs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Person } from './support/browser.mjs';
import { scene } from './support/scene.mjs';
import { eventually } from './support/server.mjs';

const on = scene();

async function two(options = {}, benOptions = {}) {
  const meetingId = await on.server.createRoom();
  const token = on.server.token();
  const anna = await (await Person.arrive(on.browser, on.page, 'anna')).join({ token, meetingId, ...options });
  const ben = await (await Person.arrive(on.browser, on.page, 'ben')).join({ token, meetingId, ...benOptions });
  return { anna, ben, meetingId, token };
}
const goodbye = (...people) => Promise.all(people.map((p) => p.close()));

/** Bytes of RTP that `person` has received on the tracks of `name`. */
const received = (person, name, kind = 'video') => person.run(async ({ name, kind }) => {
  const participant = meeting.participants.get(name);
  const stats = kind === 'video' ? await participant.getVideoStats() : await participant.getAudioStats();
  return stats[0]?.totalPackets ?? 0;
}, { name, kind });

test('mute silences, unmute brings the sound back, and both are told', async () => {
  const { anna, ben } = await two();
  await ben.hears(anna);
  await anna.run(() => meeting.muteMic());
  await ben.hearsNothingOf(anna);
  await eventually('ben to know that anna is muted', () => ben.run(() => meeting.participants.get('anna').micOn === false));
  await anna.run(() => meeting.unmuteMic(own));
  await ben.hears(anna);
  await goodbye(anna, ben);
});

test('camera off removes the stream, on brings the picture back without a new negotiation', async () => {
  const { anna, ben } = await two();
  await ben.sees(anna);
  await anna.run(() => meeting.disableWebcam());
  await eventually('the stream to go', () => ben.run(() => ![...meeting.participants.get('anna').streams.values()].some((s) => s.kind === 'video')));
  await anna.run(() => meeting.enableWebcam(own));
  await ben.sees(anna);
  await goodbye(anna, ben);
});

test('screen share with sound reaches others beside the camera; stopping ends it', async () => {
  const { anna, ben } = await two();
  await ben.sees(anna);
  await anna.run(async () => {
    window.screen_ = TestMedia.make({ color: [230, 120, 20], tone: 3100, width: 640, height: 360 });
    await meeting.enableScreenShare(window.screen_);
  });
  const shared = { name: 'anna', color: [230, 120, 20], tone: 3100 };
  await ben.sees(shared, 'share');
  await ben.hears(shared, 'shareAudio');
  await ben.sees(anna);
  await ben.hears(anna);
  assert.equal(await ben.run(() => meeting.activePresenterId), 'anna');
  await anna.run(() => meeting.disableScreenShare());
  await eventually('the share to end', () => ben.run(() => meeting.activePresenterId === null && !meeting.participants.get('anna').screenShareOn));
  await goodbye(anna, ben);
});

test('a real screen capture of the browser is shared, and its end by the browser ends the share', async () => {
  const { anna, ben } = await two();
  await anna.run(() => meeting.enableScreenShare());
  await eventually('a picture of the screen', async () => (await ben.look('anna', 'share'))?.width > 0);
  await anna.run(() => {
    const track = [...meeting.localParticipant.streams.values()].find((s) => s.kind === 'share').track;
    track.stop();
    track.dispatchEvent(new Event('ended'));
  });
  await eventually('the share to end', () => ben.run(() => !meeting.participants.get('anna').screenShareOn));
  await goodbye(anna, ben);
});

test('the quality a receiver asks for changes the size it decodes, down and up again', async () => {
  const { anna, ben } = await two({ media: { width: 1280, height: 720, fps: 20 } });
  await ben.sees(anna);
  const width = async () => (await ben.look('anna'))?.width;
  await ben.run(() => meeting.participants.get('anna').setQuality('low'));
  await eventually('180p', async () => (await width()) === 320);
  await ben.run(() => meeting.participants.get('anna').setQuality('high'));
  await eventually('720p', async () => (await width()) === 1280, { timeout: 30000 });
  await ben.run(() => meeting.participants.get('anna').setQuality('med'));
  await eventually('360p', async () => (await width()) === 640);
  await ben.sees(anna);
  await goodbye(anna, ben);
});

test('pausing stops the packets, resuming brings them back', async () => {
  const { anna, ben } = await two();
  await ben.sees(anna);
  await ben.run(() => meeting.pauseAllStreams('video'));
  let before = -1;
  await eventually('packets to stop', async () => {
    const now = await received(ben, 'anna');
    const stopped = now === before;
    before = now;
    return stopped;
  }, { every: 400 });
  await ben.hears(anna);
  await ben.run(() => meeting.resumeAllStreams('video'));
  await ben.sees(anna);
  await goodbye(anna, ben);
});

for (const codec of ['VP8', 'H264', 'VP9', 'AV1']) {
  test(`a ${codec} publisher is seen, in both qualities, and by someone who joins late`, async () => {
    const meetingId = await on.server.createRoom();
    const token = on.server.token();
    const anna = await Person.arrive(on.browser, on.page, 'anna');
    await anna.join({ token, meetingId, webcamEnabled: false });
    await anna.run(async (wanted) => {
      const source = TestMedia.make({ color: [200, 30, 30], width: 640, height: 360, fps: 15 });
      const track = source.getVideoTracks()[0];
      const stream = await Parley.createCameraVideoTrack({ codec: wanted, customTrack: track }).catch(() => null);
      window.ownVideo = stream ?? source;
      await meeting.enableWebcam(window.ownVideo);
    }, codec);
    const ben = await (await Person.arrive(on.browser, on.page, 'ben')).join({ token, meetingId });
    await ben.sees(anna);
    const used = () => ben.run(() => [...meeting.participants.get('anna').streams.values()].find((s) => s.kind === 'video').codec);
    assert.equal(await used(), codec);
    await ben.run(() => meeting.participants.get('anna').setQuality('low'));
    await eventually('a smaller picture', async () => (await ben.look('anna'))?.width < 640, { timeout: 30000 });
    await ben.sees(anna);
    await ben.run(() => meeting.participants.get('anna').setQuality('high'));
    await eventually('the full picture', async () => (await ben.look('anna'))?.width === 640, { timeout: 30000 });
    await ben.sees(anna);
    await goodbye(anna, ben);
  });
}
