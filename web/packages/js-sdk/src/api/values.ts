/** The small values of the public interface. */

export type Mode = 'SEND_AND_RECV' | 'RECV_ONLY' | 'SIGNALLING_ONLY';
export type StreamKind = 'audio' | 'video' | 'share' | 'shareAudio';
export type StreamKindOrAll = StreamKind | 'all';
export type Quality = 'low' | 'med' | 'high';
export type MaxQuality = 'auto' | Quality;
export type VideoCodec = 'VP8' | 'VP9' | 'AV1' | 'H264';
export type PinType = 'SHARE_AND_CAM' | 'CAM' | 'SHARE';
export type PreferredProtocol = 'UDP_OVER_TCP' | 'UDP_ONLY' | 'TCP_ONLY';
export type PermissionKind = 'audio' | 'video' | 'audio_video';
export type Decision = 'allowed' | 'denied';
export type LogLevel = 'NONE' | 'ERROR' | 'WARN' | 'INFO' | 'DEBUG' | 'ALL';
export type DisplaySurface = 'monitor' | 'window' | 'browser';

/** `IDLE` before `join()`; `WAITING` while an `ask_join` guest knocks. */
export type MeetingState = 'IDLE' | 'CONNECTING' | 'WAITING' | 'CONNECTED' | 'RECONNECTING' | 'DISCONNECTED' | 'FAILED';

/** `stuck`: packets stopped; `freeze-detected`/`freeze-resolved`: packets arrive but no picture comes out of them. */
export type StreamState = 'active' | 'stuck' | 'freeze-detected' | 'freeze-resolved' | 'ended';

/** `user`: this client asked for it; `publisher`: its owner paused; `bandwidth`: the server saves this receiver's link. */
export type PauseReason = 'user' | 'publisher' | 'bandwidth';

export interface PinState {
  readonly cam: boolean;
  readonly share: boolean;
}

/** A camera, microphone or loudspeaker. Labels and ids are empty until a permission is granted. */
export interface MediaDevice {
  readonly deviceId: string;
  readonly groupId: string;
  readonly kind: MediaDeviceKind;
  readonly label: string;
  /** Cameras of phones, where the label tells it. */
  readonly facingMode?: 'user' | 'environment';
}

/** `code` is one of `LeaveReason`. */
export interface LeaveInfo {
  readonly code: number;
  readonly message: string;
}

/**
 * How long the parts of joining took, in milliseconds since `join()` was called; absent while a part has not happened.
 * `firstPacket` and `firstFrame` concern remote media and are looked at every 50 ms.
 */
export interface JoinTimings {
  /** The offer was made and set. */
  offer?: number;
  /** The WebSocket was open. */
  socket?: number;
  /** The server's reply to the join message had arrived. */
  signalling?: number;
  /** The first ICE pair worked. */
  ice?: number;
  /** DTLS was done, so media could flow. */
  dtls?: number;
  /** The first RTP packet of a remote participant had arrived. */
  firstPacket?: number;
  /** The first picture of a remote participant was decoded. */
  firstFrame?: number;
}
