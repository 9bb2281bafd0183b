import type { EventSource } from './events.js';
import type { DisplaySurface, MaxQuality, StreamKind, StreamState } from './values.js';

export interface StreamEvents {
  state: [state: StreamState];
}

/** One published track as this client has it. It lives from `stream-enabled` to `stream-disabled`. */
export interface Stream extends EventSource<StreamEvents> {
  /** Unique; publishing again makes a new one. */
  readonly id: string;
  readonly kind: StreamKind;
  readonly local: boolean;
  readonly participantId: string;
  /** "VP8", "opus", …; empty until it is known. */
  readonly codec: string;
  readonly track: MediaStreamTrack;
  /** `share` only. */
  readonly displaySurface?: DisplaySurface;
  /** Nothing flows: its publisher, this client or the server paused it. */
  readonly paused: boolean;
  /** Remote: stop receiving it. Local: stop sending it while the capture goes on. */
  pause(): Promise<void>;
  resume(): Promise<void>;
}

export interface AdaptiveOptions {
  /** The best quality this element may ask for. Default `auto`. */
  maxQuality?: MaxQuality;
}

export interface RenderVideoOptions {
  /** Default `video`. */
  type?: 'video' | 'share';
  maxQuality?: MaxQuality;
  /** Applied to the element. */
  styles?: Partial<CSSStyleDeclaration>;
}

export interface RenderAudioOptions {
  /** Default `audio`. */
  type?: 'audio' | 'shareAudio';
}
