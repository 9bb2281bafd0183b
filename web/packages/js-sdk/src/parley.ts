import type { MeetingOptions, ParleyConfig, ParleyConstants, ParleyEvents, ParleyStatic } from './api/parley.js';
import type { Stream, AdaptiveOptions } from './api/stream.js';
import type { CameraTrackOptions, MicrophoneTrackOptions, ScreenShareTrackOptions } from './api/tracks.js';
import type { LogLevel, MediaDevice, Mode, PermissionKind } from './api/values.js';
import type { Browser } from './browser/adapter.js';
import { Emitter } from './emitter.js';
import { ErrorCode, LeaveReason, ParleyError } from './errors.js';
import { setLogLevel } from './log.js';
import { RoomMeeting, kSdkVersion } from './meeting/meeting.js';
import { RoomStream } from './meeting/stream.js';
import { openCamera, openMicrophone, openScreen } from './tracks/capture.js';
import { checkPermissions, listDevices, requestPermission } from './tracks/devices.js';

function states<Prefix extends string, State extends string>(prefix: Prefix, ...names: State[]) {
  return Object.fromEntries(names.map((name) => [`${prefix}_${name}`, `${prefix}_${name}`])) as Record<
    `${Prefix}_${State}`,
    string
  >;
}

const kConstants: ParleyConstants = {
  modes: {
    SEND_AND_RECV: 'SEND_AND_RECV',
    RECV_ONLY: 'RECV_ONLY',
    SIGNALLING_ONLY: 'SIGNALLING_ONLY',
    CONFERENCE: 'SEND_AND_RECV',
    VIEWER: 'SIGNALLING_ONLY',
  },
  permission: { AUDIO: 'audio', VIDEO: 'video', AUDIO_AND_VIDEO: 'audio_video' },
  recordingEvents: states('RECORDING', 'STARTING', 'STARTED', 'STOPPING', 'STOPPED', 'FAILED'),
  livestreamEvents: states('LIVESTREAM', 'STARTING', 'STARTED', 'STOPPING', 'STOPPED', 'FAILED'),
  hlsEvents: states('HLS', 'STARTING', 'STARTED', 'PLAYABLE', 'STOPPING', 'STOPPED', 'FAILED'),
  errors: ErrorCode,
  leaveReasons: LeaveReason,
};

const kModes: Record<string, Mode> = kConstants.modes;

/** The entry point over a browser; `index.ts` makes the one for the page's own. */
export class ParleyEntry extends Emitter<ParleyEvents> implements ParleyStatic {
  readonly version = kSdkVersion;
  readonly Constants = kConstants;
  private token_ = '';
  private serverUrl_: string | undefined;
  private watching_ = false;

  constructor(
    private readonly browser_: () => Browser,
    private readonly defaultServer_: () => string,
  ) {
    super();
  }

  config(config: string | ParleyConfig): void {
    const { token, serverUrl } = typeof config === 'string' ? { token: config, serverUrl: undefined } : config;
    if (typeof token !== 'string' || token === '')
      throw new ParleyError(ErrorCode.BAD_PARAMETER, 'config() needs a token.');
    this.token_ = token;
    if (serverUrl !== undefined) this.serverUrl_ = serverUrl;
  }

  initMeeting(options: MeetingOptions): RoomMeeting {
    if (!options?.meetingId) throw new ParleyError(ErrorCode.BAD_PARAMETER, 'initMeeting() needs a meetingId.');
    const mode = kModes[options.mode ?? 'SEND_AND_RECV'];
    if (!mode) throw new ParleyError(ErrorCode.BAD_MODE, `There is no mode "${options.mode}".`);
    if (options.participantId && /\s/.test(options.participantId)) {
      throw new ParleyError(ErrorCode.BAD_PARAMETER, 'A participantId has no whitespace.');
    }
    const token = options.token ?? this.token_;
    if (!token) throw new ParleyError(ErrorCode.BAD_PARAMETER, 'Call config() with a token first.');
    const serverUrl = this.serverUrl_ ?? this.defaultServer_();
    return new RoomMeeting({ browser: this.browser_(), token, serverUrl, options: { ...options, mode } });
  }

  getDevices(): Promise<MediaDevice[]> {
    return listDevices(this.browser_());
  }
  getCameras(): Promise<MediaDevice[]> {
    return listDevices(this.browser_(), 'videoinput');
  }
  getMicrophones(): Promise<MediaDevice[]> {
    return listDevices(this.browser_(), 'audioinput');
  }
  getPlaybackDevices(): Promise<MediaDevice[]> {
    return listDevices(this.browser_(), 'audiooutput');
  }
  checkPermissions(kind: PermissionKind = 'audio_video'): Promise<Map<'audio' | 'video', boolean>> {
    return checkPermissions(this.browser_(), kind);
  }
  requestPermission(kind: PermissionKind = 'audio_video'): Promise<Map<'audio' | 'video', boolean>> {
    return requestPermission(this.browser_(), kind);
  }

  createCameraVideoTrack(options?: CameraTrackOptions): Promise<MediaStream> {
    return openCamera(this.browser_(), options);
  }
  createMicrophoneAudioTrack(options?: MicrophoneTrackOptions): Promise<MediaStream> {
    return openMicrophone(this.browser_(), options);
  }
  createScreenShareVideoTrack(options?: ScreenShareTrackOptions): Promise<MediaStream> {
    return openScreen(this.browser_(), options);
  }

  adaptiveVideo(element: HTMLElement, stream: Stream, options?: AdaptiveOptions): () => void {
    return stream instanceof RoomStream ? stream.observe(element, options) : () => {};
  }

  setLogLevel(level: LogLevel): void {
    setLogLevel(level);
  }

  /** Devices are watched from the first listener on. */
  override on<Name extends keyof ParleyEvents>(name: Name, listener: (...args: ParleyEvents[Name]) => void): this {
    if (!this.watching_) {
      this.watching_ = true;
      this.browser_().onDeviceChange(() => {
        void this.getDevices().then((devices) => this.emit('device-changed', { devices }));
      });
    }
    return super.on(name, listener as never);
  }
}
