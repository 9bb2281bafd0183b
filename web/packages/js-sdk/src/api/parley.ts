import type { ErrorCode, LeaveReason } from '../errors.js';
import type { HlsState, LivestreamState, RecordingState } from './egress.js';
import type { EventSource } from './events.js';
import type { Meeting } from './meeting.js';
import type { AdaptiveOptions, Stream } from './stream.js';
import type { CameraTrackOptions, MicrophoneTrackOptions, ScreenShareTrackOptions } from './tracks.js';
import type { LogLevel, MediaDevice, Mode, PermissionKind, PreferredProtocol } from './values.js';

export interface ParleyConfig {
  token: string;
  /** Where the server is, e.g. `https://meet.example.org`. Default: where the script was loaded from, else the page's origin. */
  serverUrl?: string;
}

export interface MeetingOptions {
  /** roomId or customRoomId */
  meetingId: string;
  /** For this meeting instead of the one given to `config`. */
  token?: string;
  /** Shown to others. Default "". */
  name?: string;
  /** Default: made by the server. No whitespace. Someone in the room with the same id is replaced. */
  participantId?: string;
  /** Default false. */
  micEnabled?: boolean;
  /** Default false. */
  webcamEnabled?: boolean;
  /** Default `SEND_AND_RECV`; `CONFERENCE` and `VIEWER` are old names of the first and the last. */
  mode?: Mode | 'CONFERENCE' | 'VIEWER';
  /** Send the camera in several layers, so that each receiver gets a fitting one. Default true. */
  multiStream?: boolean;
  /** `sd`: the camera is opened at 640×360. Default `hd`: 1280×720. */
  maxResolution?: 'hd' | 'sd';
  /** False: nothing is received of a participant until `consumeMicStreams()` or `consumeWebcamStreams()`. Default true. */
  autoConsume?: boolean;
  /** Default `UDP_OVER_TCP`: UDP, or TCP where UDP does not get through. */
  preferredProtocol?: PreferredProtocol;
  customCameraVideoTrack?: MediaStream;
  customMicrophoneAudioTrack?: MediaStream;
  metaData?: Record<string, unknown>;
  /** The server's address for this meeting, e.g. a proxy: `https://…` or a bare host name. */
  signalingBaseUrl?: string;
  /** On phones, which camera to open. Default `front`. */
  defaultCamera?: 'front' | 'back';
  /** Accepted for pages written for VideoSDK, without effect here. */
  debugMode?: boolean;
  pubsubWorkerUrl?: string;
  codecSwitchEnabled?: boolean;
}

export interface ParleyEvents {
  'device-changed': [change: { devices: MediaDevice[] }];
}

/** The entry point: `import { Parley }`, or the global `Parley` (also `VideoSDK`) of the script build. */
export interface ParleyStatic extends EventSource<ParleyEvents> {
  /** The token, or `{token, serverUrl}`. */
  config(config: string | ParleyConfig): void;
  initMeeting(options: MeetingOptions): Meeting;

  getDevices(): Promise<MediaDevice[]>;
  getCameras(): Promise<MediaDevice[]>;
  getMicrophones(): Promise<MediaDevice[]>;
  getPlaybackDevices(): Promise<MediaDevice[]>;
  /** Without asking: what is granted, by `audio` and `video`. Default `audio_video`. */
  checkPermissions(kind?: PermissionKind): Promise<Map<'audio' | 'video', boolean>>;
  /** Asks the user, by opening and closing the devices. */
  requestPermission(kind?: PermissionKind): Promise<Map<'audio' | 'video', boolean>>;

  createCameraVideoTrack(options?: CameraTrackOptions): Promise<MediaStream>;
  createMicrophoneAudioTrack(options?: MicrophoneTrackOptions): Promise<MediaStream>;
  createScreenShareVideoTrack(options?: ScreenShareTrackOptions): Promise<MediaStream>;

  /**
   * Tells the server how large `element` is drawn, and to pause while it cannot be seen; several elements of one stream
   * count together. Call the answer when the element no longer shows the stream. `renderVideo` does this by itself.
   */
  adaptiveVideo(element: HTMLElement, stream: Stream, options?: AdaptiveOptions): () => void;

  /** Default `WARN`. */
  setLogLevel(level: LogLevel): void;

  readonly version: string;
  readonly Constants: ParleyConstants;
}

export interface ParleyConstants {
  readonly modes: {
    readonly SEND_AND_RECV: 'SEND_AND_RECV';
    readonly RECV_ONLY: 'RECV_ONLY';
    readonly SIGNALLING_ONLY: 'SIGNALLING_ONLY';
    readonly CONFERENCE: 'SEND_AND_RECV';
    readonly VIEWER: 'SIGNALLING_ONLY';
  };
  readonly permission: { readonly AUDIO: 'audio'; readonly VIDEO: 'video'; readonly AUDIO_AND_VIDEO: 'audio_video' };
  readonly recordingEvents: Readonly<Record<RecordingState, string>>;
  readonly livestreamEvents: Readonly<Record<LivestreamState, string>>;
  readonly hlsEvents: Readonly<Record<HlsState, string>>;
  readonly errors: typeof ErrorCode;
  readonly leaveReasons: typeof LeaveReason;
}
