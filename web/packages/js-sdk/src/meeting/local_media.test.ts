import { beforeEach, describe, expect, it } from 'vitest';
import type { MeetingOptions } from '../api/parley.js';
import { ErrorCode } from '../errors.js';
import { ParleyEntry } from '../parley.js';
import { FakeBrowser } from '../testing/fake_browser.js';
import { settle } from '../testing/fake_clock.js';
import { asStream, asTrack, camera, microphone } from '../testing/fake_media.js';
import { FakeServer } from '../testing/fake_server.js';
import type { RoomMeeting } from './meeting.js';

let browser: FakeBrowser;
let server: FakeServer;
let meeting: RoomMeeting;
let entry: ParleyEntry;
let log: string[];

async function join(options: Partial<MeetingOptions> = {}): Promise<void> {
  meeting = entry.initMeeting({ meetingId: 'room', ...options });
  log = [];
  meeting.localParticipant.on('stream-enabled', ({ kind }) => log.push(`+ ${kind}`));
  meeting.localParticipant.on('stream-disabled', ({ kind }) => log.push(`- ${kind}`));
  meeting.localParticipant.on('media-status-changed', ({ kind, newStatus }) => log.push(`${kind} ${newStatus}`));
  meeting.on('error', ({ code }) => log.push(`error ${code}`));
  await meeting.join();
  await settle();
  browser.peer.become('connected');
  await settle();
}
const sent = (index: number) => browser.peer.transceivers[index]!.sender.track;
const publishes = () =>
  server
    .all('publish')
    .map(({ source, enabled, paused }) => `${source} ${enabled ? 'on' : 'off'}${paused ? ' paused' : ''}`);

beforeEach(() => {
  browser = new FakeBrowser();
  server = new FakeServer(browser);
  entry = new ParleyEntry(
    () => browser,
    () => 'https://meet.example',
  );
  entry.config('token');
});

describe('from the start', () => {
  it('devices are opened while joining and published then', async () => {
    await join({ micEnabled: true, webcamEnabled: true });
    expect(server.all('join')[0]?.publishes).toEqual([]);
    expect(publishes().sort()).toEqual(['0 on', '1 on']);
    expect(log.filter((line) => line.startsWith('+')).sort()).toEqual(['+ audio', '+ video']);
    expect([sent(0)?.kind, sent(1)?.kind]).toEqual(['audio', 'video']);
    expect(meeting.selectedCameraDevice).toMatchObject({ deviceId: 'camera-1', kind: 'videoinput' });
  });

  it('own tracks go into the join', async () => {
    const own = asStream(camera(), microphone());
    await join({ micEnabled: true, webcamEnabled: true, customCameraVideoTrack: own, customMicrophoneAudioTrack: own });
    expect(server.all('join')[0]?.publishes).toMatchObject([
      { source: 0, enabled: true },
      { source: 1, enabled: true },
    ]);
    expect(server.all('publish')).toEqual([]);
    expect(browser.constraints).toEqual([]);
    expect([sent(0), sent(1)]).toEqual([own.getAudioTracks()[0], own.getVideoTracks()[0]]);
  });

  it('a custom track that is over or of the wrong kind is an error, the meeting goes on', async () => {
    const ended = camera();
    ended.stop();
    await join({
      webcamEnabled: true,
      micEnabled: true,
      customCameraVideoTrack: asStream(ended),
      customMicrophoneAudioTrack: asStream(camera()),
    });
    expect(log).toContain(`error ${ErrorCode.CUSTOM_VIDEO_TRACK_ENDED}`);
    expect(log).toContain(`error ${ErrorCode.CUSTOM_AUDIO_TRACK_BAD}`);
    expect(meeting.state).toBe('CONNECTED');
  });

  it('a device that may not be used is an error with its code, the meeting goes on', async () => {
    browser.captureError = new DOMException('no', 'NotAllowedError');
    await join({ webcamEnabled: true });
    expect(log).toEqual([`error ${ErrorCode.CAMERA_PERMISSION_DENIED}`]);
    expect(meeting.state).toBe('CONNECTED');
  });

  it('nothing stays open if joining fails', async () => {
    server.answers.join = () => ({ case: 'error', value: { code: 4002 } });
    await expect(join({ micEnabled: true, webcamEnabled: true })).rejects.toMatchObject({ code: 4002 });
    await settle();
    expect(browser.captured.map(({ readyState }) => readyState)).toEqual(['ended', 'ended']);
  });

  it('an audience member opens nothing', async () => {
    await join({ mode: 'RECV_ONLY', micEnabled: true, webcamEnabled: true });
    expect(browser.constraints).toEqual([]);
    expect(log).toEqual([]);
  });
});

describe('switching', () => {
  beforeEach(() => join());

  it('on and off, twice the same does nothing', async () => {
    await meeting.unmuteMic();
    await meeting.unmuteMic();
    await meeting.muteMic();
    await meeting.muteMic();
    expect(publishes()).toEqual(['0 on', '0 off']);
    expect(log).toEqual(['+ audio', 'audio true', '- audio', 'audio false']);
    expect(sent(0)).toBeNull();
    expect(browser.captured[0]!.readyState).toBe('ended');
  });

  it('toggles', async () => {
    await meeting.toggleWebcam();
    expect(meeting.localParticipant.webcamOn).toBe(true);
    await meeting.toggleWebcam();
    await meeting.toggleMic();
    await meeting.toggleScreenShare();
    expect(meeting.localParticipant).toMatchObject({ webcamOn: false, micOn: true, screenShareOn: true });
  });

  it('clicks that come faster than devices open end as the last one said', async () => {
    await Promise.all([
      meeting.enableWebcam(),
      meeting.disableWebcam(),
      meeting.enableWebcam(),
      meeting.disableWebcam(),
    ]);
    expect(meeting.localParticipant.webcamOn).toBe(false);
    expect(sent(1)).toBeNull();
  });

  it('that the server refuses leaves it off and closes the device', async () => {
    server.answers.publish = () => ({ case: 'error', value: { code: 4010 } });
    await expect(meeting.enableWebcam()).rejects.toMatchObject({ code: 4010 });
    expect(sent(1)).toBeNull();
    expect(browser.captured[0]!.readyState).toBe('ended');
    expect(log).toEqual([]);
  });

  it('leaves tracks of the application alone', async () => {
    const own = microphone();
    await meeting.unmuteMic(asTrack(own));
    await meeting.muteMic();
    expect(own.readyState).toBe('live');
    await meeting.unmuteMic(asStream(own));
    expect(sent(0)).toBe(own);
    await meeting.leave();
    expect(own.readyState).toBe('live');
  });

  it('before joining is refused', async () => {
    const early = entry.initMeeting({ meetingId: 'room' });
    await expect(early.unmuteMic()).rejects.toMatchObject({ code: ErrorCode.NOT_JOINED });
    await expect(early.enableScreenShare()).rejects.toMatchObject({ code: ErrorCode.NOT_JOINED });
  });

  it('a moderator can do it', async () => {
    await meeting.unmuteMic();
    server.say({ case: 'remoteMediaForced', value: { participantId: 'anna', source: 0 } });
    await settle();
    expect(meeting.localParticipant.micOn).toBe(false);
    expect(publishes()).toEqual(['0 on']);
    let asked: { accept(): Promise<void>; reject(): Promise<void>; participantId: string } | undefined;
    meeting.on('webcam-requested', (request) => (asked = request));
    server.say({ case: 'remoteMediaRequested', value: { participantId: 'anna', source: 1 } });
    expect(asked?.participantId).toBe('anna');
    await asked!.accept();
    expect(server.all('respondRemoteMedia')).toMatchObject([{ requestedBy: 'anna', source: 1, accept: true }]);
    expect(meeting.localParticipant.webcamOn).toBe(true);
  });
});

describe('changing', () => {
  beforeEach(() => join());

  it('to another device swaps the track without telling anyone', async () => {
    await meeting.enableWebcam();
    await meeting.changeWebcam('camera-2');
    expect(browser.constraints.at(-1)?.video).toMatchObject({ deviceId: { exact: 'camera-2' } });
    expect(sent(1)).toBe(browser.captured[1]);
    expect(browser.captured.map(({ readyState }) => readyState)).toEqual(['ended', 'live']);
    expect(publishes()).toEqual(['1 on']);
    expect(log).toEqual(['+ video', 'video true', '- video', '+ video']);
  });

  it('of a device that is off is remembered', async () => {
    await meeting.changeMic('mic-7');
    expect(browser.constraints).toEqual([]);
    await meeting.unmuteMic();
    expect(browser.constraints[0]?.audio).toMatchObject({ deviceId: { exact: 'mic-7' } });
  });

  it('to an own stream', async () => {
    const own = camera();
    await meeting.replaceWebcamStream(asStream(own));
    expect(sent(1)).toBe(own);
    expect(meeting.localParticipant.webcamOn).toBe(true);
  });

  it('what is encoded follows the watchers and the application, the smaller of both', async () => {
    await meeting.enableWebcam();
    const active = () => browser.peer.transceivers[1]!.sender.parameters.encodings.map((encoding) => encoding.active);
    server.say({ case: 'layersWanted', value: { source: 1, maxLayer: 1 } });
    await settle();
    expect(active()).toEqual([true, true, false]);
    await meeting.setWebcamQuality('low');
    expect(active()).toEqual([true, false, false]);
    server.say({ case: 'layersWanted', value: { source: 1, maxLayer: -1 } });
    await meeting.setWebcamQuality('high');
    await settle();
    expect(active()).toEqual([true, false, false]);
    server.say({ case: 'layersWanted', value: { source: 1, maxLayer: 2 } });
    await settle();
    expect(active()).toEqual([true, true, true]);
    await expect(meeting.setWebcamQuality('best' as never)).rejects.toMatchObject({ code: ErrorCode.BAD_PARAMETER });
  });

  it('one layer where multiStream is false', async () => {
    await join({ multiStream: false });
    await meeting.enableWebcam();
    const encodings = browser.peer.transceivers[1]!.sender.parameters.encodings;
    expect(encodings.map(({ active, scaleResolutionDownBy }) => [active, scaleResolutionDownBy])[0]).toEqual([true, 1]);
    expect(encodings.slice(1).every(({ active }) => !active)).toBe(true);
  });

  it('a codec that the browser lacks falls back to VP8 with an error', async () => {
    browser.videoCodecs = browser.videoCodecs.filter(({ mimeType }) => mimeType !== 'video/AV1');
    await meeting.enableWebcam(await entry.createCameraVideoTrack({ codec: 'AV1' }));
    expect(log[0]).toBe(`error ${ErrorCode.CODEC_UNSUPPORTED}`);
    expect([...meeting.localParticipant.streams.values()][0]?.codec).toBe('VP8');
  });
});

describe('a device that goes away', () => {
  beforeEach(() => join({ micEnabled: true }));

  it('is replaced by another one', async () => {
    browser.captured[0]!.end();
    await settle();
    expect(sent(0)).toBe(browser.captured[1]);
    expect(meeting.localParticipant.micOn).toBe(true);
    expect(publishes()).toEqual(['0 on']);
  });

  it('is off with an error if there is no other', async () => {
    browser.captureError = new DOMException('none', 'NotFoundError');
    browser.captured[0]!.end();
    await settle();
    expect(meeting.localParticipant.micOn).toBe(false);
    expect(publishes()).toEqual(['0 on', '0 off']);
    expect(log.at(-1)).toBe(`error ${ErrorCode.MICROPHONE_TRACK_ENDED}`);
  });

  it("the application's own track is not replaced", async () => {
    const own = camera();
    await meeting.enableWebcam(asTrack(own));
    own.end();
    await settle();
    expect(meeting.localParticipant.webcamOn).toBe(false);
    expect(log.at(-1)).toBe(`error ${ErrorCode.CAMERA_TRACK_ENDED}`);
  });
});

describe('a screen', () => {
  beforeEach(() => join());

  it('is shared with its sound and its kind', async () => {
    await meeting.enableScreenShare();
    expect(publishes()).toEqual(['2 on', '3 on']);
    expect(server.all('publish')[0]?.displaySurface).toBe('window');
    expect(log.filter((line) => line.startsWith('+'))).toEqual(['+ share', '+ shareAudio']);
    await meeting.disableScreenShare();
    expect(publishes().slice(2)).toEqual(['3 off', '2 off']);
    expect(browser.captured.every(({ readyState }) => readyState === 'ended')).toBe(true);
  });

  it("ends with the browser's own button", async () => {
    await meeting.enableScreenShare();
    browser.captured.find(({ kind }) => kind === 'video')!.end();
    await settle();
    expect(publishes().slice(2)).toEqual(['3 off', '2 off']);
    expect(log.filter((line) => line.startsWith('error'))).toEqual([]);
  });

  it('that the user does not choose is an error with its code', async () => {
    browser.captureError = new DOMException('no', 'NotAllowedError');
    await expect(meeting.enableScreenShare()).rejects.toMatchObject({ code: ErrorCode.SCREEN_SHARE_PERMISSION_DENIED });
    browser.getDisplayMedia = undefined;
    await expect(meeting.enableScreenShare()).rejects.toMatchObject({ code: ErrorCode.SCREEN_SHARE_UNSUPPORTED });
  });
});

describe('pausing', () => {
  it('stops sending and keeps capturing', async () => {
    await join({ webcamEnabled: true });
    const stream = [...meeting.localParticipant.streams.values()][0]!;
    await stream.pause();
    expect(sent(1)).toBeNull();
    expect(publishes()).toEqual(['1 on', '1 on paused']);
    expect(stream.paused).toBe(true);
    await stream.resume();
    expect(sent(1)).toBe(browser.captured[0]);
    expect(meeting.localParticipant.webcamOn).toBe(true);
  });
});
