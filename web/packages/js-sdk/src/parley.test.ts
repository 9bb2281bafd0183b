import { beforeEach, describe, expect, it } from 'vitest';
import { ErrorCode, ParleyError } from './errors.js';
import { signallingUrl } from './meeting/url.js';
import { ParleyEntry } from './parley.js';
import { FakeBrowser } from './testing/fake_browser.js';
import { asTrack, camera, microphone } from './testing/fake_media.js';
import { encodingOf } from './tracks/encoding.js';

let browser: FakeBrowser;
let parley: ParleyEntry;

beforeEach(() => {
  browser = new FakeBrowser();
  parley = new ParleyEntry(
    () => browser,
    () => 'https://from.script',
  );
});

const device = (kind: MediaDeviceKind, deviceId: string, label = '') => ({
  kind,
  deviceId,
  label,
  groupId: 'g',
  toJSON: () => ({}),
});

describe('initMeeting', () => {
  it('wants a token, a meeting, a known mode and an id without spaces', () => {
    const code = (action: () => unknown) => {
      try {
        action();
        return 0;
      } catch (error) {
        return (error as ParleyError).code;
      }
    };
    expect(code(() => parley.initMeeting({ meetingId: 'm' }))).toBe(ErrorCode.BAD_PARAMETER);
    expect(code(() => parley.config(''))).toBe(ErrorCode.BAD_PARAMETER);
    parley.config('t');
    expect(code(() => parley.initMeeting({ meetingId: '' }))).toBe(ErrorCode.BAD_PARAMETER);
    expect(code(() => parley.initMeeting({ meetingId: 'm', mode: 'BOSS' as never }))).toBe(ErrorCode.BAD_MODE);
    expect(code(() => parley.initMeeting({ meetingId: 'm', participantId: 'a b' }))).toBe(ErrorCode.BAD_PARAMETER);
    expect(code(() => parley.initMeeting({ meetingId: 'm', mode: 'VIEWER' }))).toBe(0);
  });

  it('gives a meeting at rest', () => {
    parley.config('t');
    const meeting = parley.initMeeting({
      meetingId: 'm',
      participantId: 'me',
      name: 'Me',
      metaData: { a: 1 },
      mode: 'VIEWER',
    });
    expect(meeting).toMatchObject({
      id: 'm',
      state: 'IDLE',
      sessionId: '',
      activeSpeakerId: null,
      recordingState: 'RECORDING_STOPPED',
      hlsState: 'HLS_STOPPED',
      isE2EEEnabled: false,
    });
    expect(meeting.localParticipant).toMatchObject({
      id: 'me',
      displayName: 'Me',
      local: true,
      mode: 'SIGNALLING_ONLY',
      metaData: { a: 1 },
      micOn: false,
    });
    expect(meeting.participants.size).toBe(0);
  });

  it('talks to the given server, else to the one it came from', () => {
    const url = (options = {}) => {
      const meeting = parley.initMeeting({ meetingId: 'm', mode: 'SIGNALLING_ONLY', ...options });
      void meeting.join().catch(() => {});
      return browser.socket.url;
    };
    parley.config('t');
    expect(url()).toBe('wss://from.script/v1/signal');
    parley.config({ token: 't', serverUrl: 'http://localhost:8080/' });
    expect(url()).toBe('ws://localhost:8080/v1/signal');
    expect(url({ signalingBaseUrl: 'proxy.example/path' })).toBe('wss://proxy.example/path/v1/signal');
  });

  it('knows addresses', () => {
    expect(signallingUrl('wss://a:7/x/')).toBe('wss://a:7/x/v1/signal');
    expect(() => signallingUrl('ftp://a')).toThrow(ParleyError);
    expect(() => signallingUrl('http://')).toThrow(ParleyError);
  });
});

describe('devices', () => {
  it('are listed by kind, cameras with the way they look', async () => {
    browser.devices = [
      device('videoinput', 'c1', 'Back Camera'),
      device('audioinput', 'm1'),
      device('audiooutput', 's1'),
      device('videoinput', 'c2', 'camera 2, facing front'),
    ];
    expect((await parley.getCameras()).map(({ deviceId, facingMode }) => [deviceId, facingMode])).toEqual([
      ['c1', 'environment'],
      ['c2', 'user'],
    ]);
    expect((await parley.getMicrophones()).map(({ deviceId }) => deviceId)).toEqual(['m1']);
    expect((await parley.getPlaybackDevices()).map(({ deviceId }) => deviceId)).toEqual(['s1']);
    expect(await parley.getDevices()).toHaveLength(4);
  });

  it('that come and go are told', async () => {
    const seen: number[] = [];
    expect(browser.listenerCount('device')).toBe(0);
    parley.on('device-changed', ({ devices }) => seen.push(devices.length));
    parley.on('device-changed', () => {});
    expect(browser.listenerCount('device')).toBe(1);
    browser.devices = [device('audioinput', 'm')];
    browser.fire('device');
    await Promise.resolve();
    await Promise.resolve();
    await Promise.resolve();
    expect(seen).toEqual([1]);
  });

  it('permissions are looked up or asked for', async () => {
    browser.permissions = { camera: 'granted' };
    expect([...(await parley.checkPermissions())]).toEqual([
      ['audio', false],
      ['video', true],
    ]);
    expect([...(await parley.requestPermission('audio'))]).toEqual([['audio', true]]);
    expect(browser.captured[0]!.readyState).toBe('ended');
    browser.captureError = new DOMException('no', 'NotAllowedError');
    expect([...(await parley.requestPermission())]).toEqual([
      ['audio', false],
      ['video', false],
    ]);
    expect([...(await parley.requestPermission('video'))]).toEqual([['video', false]]);
    browser.captureError = new DOMException('none', 'NotFoundError');
    await expect(parley.requestPermission('audio')).rejects.toMatchObject({ code: ErrorCode.MICROPHONE_NOT_FOUND });
  });
});

describe('tracks', () => {
  it('of a camera are opened and encoded as the preset says', async () => {
    const stream = await parley.createCameraVideoTrack({
      encoderConfig: 'h540p_w960p',
      cameraId: 'c2',
      codec: 'VP9',
      bitrateMode: 'high_quality',
      optimizationMode: 'detail',
      maxLayer: 2,
    });
    expect(browser.constraints[0]?.video).toEqual({
      width: { ideal: 960 },
      height: { ideal: 540 },
      frameRate: { ideal: 25 },
      deviceId: { exact: 'c2' },
    });
    expect(encodingOf(stream.getVideoTracks()[0]!)).toMatchObject({
      codec: 'VP9',
      kbps: 800,
      frameRate: 25,
      optimization: 'detail',
      multiStream: true,
      maxLayer: 2,
    });
    await parley.createCameraVideoTrack({ facingMode: 'environment' });
    expect(browser.constraints[1]?.video).toMatchObject({ facingMode: 'environment', width: { ideal: 1280 } });
  });

  it('of the application get an encoding and nothing is opened', async () => {
    const own = camera(640, 360);
    const stream = await parley.createCameraVideoTrack({ customTrack: asTrack(own), codec: 'AV1' });
    expect(stream.getVideoTracks()).toEqual([own]);
    expect(encodingOf(asTrack(own))).toMatchObject({ codec: 'AV1', kbps: undefined });
    await parley.createMicrophoneAudioTrack({
      customTrack: asTrack(microphone()),
      encoderConfig: 'high_quality_stereo',
    });
    expect(browser.constraints).toEqual([]);
  });

  it('of a microphone are processed for speech unless told otherwise', async () => {
    await parley.createMicrophoneAudioTrack();
    await parley.createMicrophoneAudioTrack({
      encoderConfig: 'high_quality_stereo',
      microphoneId: 'm',
      noiseConfig: { noiseSuppression: true },
    });
    expect(browser.constraints.map(({ audio }) => audio)).toEqual([
      { echoCancellation: true, autoGainControl: true, noiseSuppression: true, channelCount: { ideal: 1 } },
      {
        echoCancellation: false,
        autoGainControl: false,
        noiseSuppression: true,
        channelCount: { ideal: 2 },
        deviceId: { exact: 'm' },
      },
    ]);
  });

  it('of a screen have its sound only if wanted', async () => {
    expect((await parley.createScreenShareVideoTrack()).getAudioTracks()).toHaveLength(0);
    const stream = await parley.createScreenShareVideoTrack({ withAudio: 'enable', encoderConfig: 'h1080p_30fps' });
    expect(stream.getAudioTracks()).toHaveLength(1);
    expect(encodingOf(stream.getVideoTracks()[0]!)).toMatchObject({ kbps: 2000, frameRate: 30, multiStream: false });
  });

  it('that cannot be had reject with what is the matter', async () => {
    const cases: [string, number, number, number][] = [
      ['NotAllowedError', 3014, 3015, 3017],
      ['NotFoundError', 3021, 3022, 3069],
      ['NotReadableError', 3023, 3024, 3069],
      ['NotSupportedError', 3011, 3012, 3013],
      ['OtherError', 3069, 3069, 3069],
    ];
    for (const [name, camera_, microphone_, screen] of cases) {
      browser.captureError = new DOMException('no', name);
      await expect(parley.createCameraVideoTrack()).rejects.toMatchObject({ code: camera_ });
      await expect(parley.createMicrophoneAudioTrack()).rejects.toMatchObject({ code: microphone_ });
      await expect(parley.createScreenShareVideoTrack()).rejects.toMatchObject({ code: screen });
    }
    await expect(parley.createCameraVideoTrack({ encoderConfig: 'toString' as never })).rejects.toMatchObject({
      code: ErrorCode.BAD_TRACK_CONFIG,
    });
  });
});

describe('listeners', () => {
  it('that throw do not stop the others; once is once, off is off', () => {
    const meeting = (parley.config('t'), parley.initMeeting({ meetingId: 'm' }));
    const error = console.error;
    console.error = () => {};
    const seen: string[] = [];
    const twice = () => seen.push('removed');
    meeting.on('speaker-changed', () => {
      throw new Error('bad listener');
    });
    meeting.on('speaker-changed', twice).off('speaker-changed', twice);
    meeting.once('speaker-changed', (id) => seen.push(`once ${id}`));
    meeting.on('speaker-changed', (id) => seen.push(`on ${id}`));
    meeting.emit('speaker-changed', 'a');
    meeting.emit('speaker-changed', 'b');
    meeting.off('speaker-changed');
    meeting.emit('speaker-changed', 'c');
    console.error = error;
    expect(seen).toEqual(['once a', 'on a', 'on b']);
  });
});
