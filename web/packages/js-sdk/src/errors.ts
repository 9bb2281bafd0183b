/** What a rejected promise or an `error` event carries. `code` is one of {@link ErrorCode} or a 4xxx code of the server. */
export class ParleyError extends Error {
  override readonly name = 'ParleyError';

  constructor(
    readonly code: number,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }

  /** The error itself if it is one of ours, else `code` around it. */
  static from(error: unknown, code: number, message: string): ParleyError {
    if (error instanceof ParleyError) return error;
    const detail = error instanceof Error && error.message ? `${message}: ${error.message}` : message;
    return new ParleyError(code, detail, { cause: error });
  }
}

/** The codes that this SDK itself raises, by name. Codes 40xx and 50xx come from the server. */
export const ErrorCode = {
  CAMERA_UNSUPPORTED: 3011,
  MICROPHONE_UNSUPPORTED: 3012,
  SCREEN_SHARE_UNSUPPORTED: 3013,
  CAMERA_PERMISSION_DENIED: 3014,
  MICROPHONE_PERMISSION_DENIED: 3015,
  MEDIA_PERMISSION_DENIED: 3016,
  SCREEN_SHARE_PERMISSION_DENIED: 3017,
  CAMERA_NOT_FOUND: 3021,
  MICROPHONE_NOT_FOUND: 3022,
  CAMERA_IN_USE: 3023,
  MICROPHONE_IN_USE: 3024,
  AUTOPLAY_BLOCKED: 3025,
  MICROPHONE_TRACK_ENDED: 3026,
  CAMERA_TRACK_ENDED: 3027,
  SCREEN_SHARE_TRACK_ENDED: 3028,
  CUSTOM_VIDEO_TRACK_BAD: 3029,
  CUSTOM_VIDEO_TRACK_ENDED: 3030,
  CUSTOM_AUDIO_TRACK_BAD: 3031,
  CUSTOM_AUDIO_TRACK_ENDED: 3032,
  NOT_JOINED: 3035,
  MEDIA_CONNECTION_FAILED: 3044,
  CODEC_UNSUPPORTED: 3045,
  CANNOT_JOIN: 3047,
  MEDIA_NOT_READY: 3048,
  ALREADY_IN_STATE: 3054,
  IN_PROGRESS: 3055,
  ABORTED: 3056,
  RECONNECTING: 3065,
  NOT_IN_THIS_MODE: 3066,
  BAD_MODE: 3067,
  UNSUPPORTED: 3068,
  CAPTURE_FAILED: 3069,
  SEND_FAILED: 3070,
  BAD_TRACK_CONFIG: 3071,
  PAYLOAD_TOO_LARGE: 3072,
  BAD_PARAMETER: 3073,
  TIMEOUT: 3079,
} as const;

/** Why a meeting was left: the `code` of `meeting-left`. */
export const LeaveReason = {
  WEBSOCKET_LOST: 1001,
  REMOVED: 1002,
  ROOM_CLOSED: 1006,
  UNKNOWN: 1007,
  ALL_REMOVED: 1008,
  ENDED_BY_API: 1009,
  REMOVED_BY_API: 1010,
  DUPLICATE_PARTICIPANT: 1011,
  MANUAL: 1101,
  RECONNECT_ATTEMPTS_USED_UP: 1102,
  JOIN_FAILED: 1103,
} as const;
