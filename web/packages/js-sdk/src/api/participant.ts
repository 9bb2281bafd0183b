import type { EventSource } from './events.js';
import type { AudioStats, TransportStats, VideoStats } from './stats.js';
import type { RenderAudioOptions, RenderVideoOptions, Stream } from './stream.js';
import type { Mode, PauseReason, PinState, PinType, Quality, StreamKind } from './values.js';

export interface ParticipantEvents {
  'stream-enabled': [stream: Stream];
  'stream-disabled': [stream: Stream];
  'media-status-changed': [change: { kind: StreamKind; newStatus: boolean }];
  'video-quality-changed': [change: { currentQuality: Quality; prevQuality: Quality | undefined }];
  'stream-paused': [change: { kind: StreamKind; reason: PauseReason }];
  'stream-resumed': [change: { kind: StreamKind; reason: PauseReason }];
  /** Its connection quality: 1 (bad) to 5 (good), 0 not known. */
  'connection-quality-changed': [quality: number];
  /** Its connection was lost and is waited for, or is back. */
  'reconnecting-changed': [reconnecting: boolean];
}

/** Someone in the meeting, this client (`local`) or another. Methods about media answer once the server has agreed. */
export interface Participant extends EventSource<ParticipantEvents> {
  readonly id: string;
  readonly displayName: string;
  readonly local: boolean;
  readonly mode: Mode;
  readonly metaData: Record<string, unknown>;
  readonly micOn: boolean;
  readonly webcamOn: boolean;
  readonly screenShareOn: boolean;
  readonly screenShareAudioOn: boolean;
  /** By stream id. A remote stream is here once it can be played; `micOn` and the like may be true a moment earlier. */
  readonly streams: ReadonlyMap<string, Stream>;
  /** Quality this client asked for its camera; `high` until it was set. */
  readonly quality: Quality;
  readonly screenShareQuality: Quality;
  readonly pinState: PinState;
  /** 1 (bad) to 5 (good), 0 not known. */
  readonly connectionQuality: number;
  readonly reconnecting: boolean;

  /** Needs `allow_mod`. The other client is told 1002. */
  remove(): Promise<void>;
  /** Needs `allow_mod`. Switching on asks the participant (`mic-requested`), switching off happens at once. */
  enableMic(): Promise<void>;
  disableMic(): Promise<void>;
  enableWebcam(): Promise<void>;
  disableWebcam(): Promise<void>;
  pin(type?: PinType): Promise<void>;
  unpin(type?: PinType): Promise<void>;

  /** The best layer to receive of its camera (or screen). Has an effect if it publishes several layers. */
  setQuality(quality: Quality): void;
  setScreenShareQuality(quality: Quality): void;
  /** How large its camera is drawn, in CSS pixels; the server sends the layer that fits. Replaces what players observed. */
  setViewPort(width: number, height: number): void;

  /** For `autoConsume: false`: start or stop receiving. */
  consumeMicStreams(): void;
  stopConsumingMicStreams(): void;
  consumeWebcamStreams(): void;
  stopConsumingWebcamStreams(): void;

  /** A still of the camera, PNG as base64 without the `data:` prefix. Size defaults to that of the picture. */
  captureImage(size?: { width?: number; height?: number }): Promise<string>;
  /**
   * A `<video>` that shows the camera (or screen) from now on, through on, off and on again, and that asks for the size it
   * is drawn at and for nothing while it cannot be seen. Put it in the page; it cleans up after the participant left.
   */
  renderVideo(options?: RenderVideoOptions): HTMLVideoElement;
  /** An `<audio>` that plays the microphone (or the screen's sound). If the browser refuses to play, `error` 3025 follows. */
  renderAudio(options?: RenderAudioOptions): HTMLAudioElement;

  getAudioStats(): Promise<AudioStats[]>;
  /** Local: one entry a layer. Remote: one entry. Empty while the camera is off. */
  getVideoStats(): Promise<VideoStats[]>;
  getShareStats(): Promise<VideoStats[]>;
  getShareAudioStats(): Promise<AudioStats[]>;
  getTransportStats(): Promise<TransportStats | undefined>;
}
