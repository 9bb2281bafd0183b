/** What leaves a room on the server's side: recordings, livestreams to RTMP servers, and HLS. */

export type EgressKind = 'recording' | 'livestream' | 'hls';

export type RecordingState =
  'RECORDING_STARTING' | 'RECORDING_STARTED' | 'RECORDING_STOPPING' | 'RECORDING_STOPPED' | 'RECORDING_FAILED';
export type LivestreamState =
  'LIVESTREAM_STARTING' | 'LIVESTREAM_STARTED' | 'LIVESTREAM_STOPPING' | 'LIVESTREAM_STOPPED' | 'LIVESTREAM_FAILED';
/** `HLS_PLAYABLE`: players find the first seconds at the URLs. */
export type HlsState = 'HLS_STARTING' | 'HLS_STARTED' | 'HLS_PLAYABLE' | 'HLS_STOPPING' | 'HLS_STOPPED' | 'HLS_FAILED';
export type EgressStatus = RecordingState | LivestreamState | HlsState;

export interface EgressLayout {
  /** `GRID`: everyone, pinned first. `SPOTLIGHT`: one. `SIDEBAR`: one large, the others beside it. Default `GRID`. */
  type?: 'GRID' | 'SPOTLIGHT' | 'SIDEBAR';
  /** `SPEAKER`: who speaks outranks who is pinned. `PIN`: only who is pinned is shown. Default `SPEAKER`. */
  priority?: 'SPEAKER' | 'PIN';
  /** At most so many tiles, 0 to 25. */
  gridSize?: number;
}

/** How the picture and sound are made. What is left out has the server's default; while running, it stays as it is. */
export interface EgressConfig {
  layout?: EgressLayout;
  theme?: 'DARK' | 'LIGHT' | 'DEFAULT';
  mode?: 'video-and-audio' | 'audio';
  /** 854×480, 1280×720 (default), 1920×1080, 2560×1440. */
  quality?: 'low' | 'med' | 'high' | 'ultra';
  orientation?: 'landscape' | 'portrait';
}

/** `config` of `startRecording`. */
export interface RecordingConfig extends EgressConfig {
  /** Default `mp4`. */
  fileFormat?: 'mp4' | 'webm';
}

/** VideoSDK's option. This server does not transcribe: `enabled: true` is refused with 3068. */
export interface TranscriptionOptions {
  enabled?: boolean;
  summary?: { enabled?: boolean; prompt?: string };
}

/** Where a livestream goes: what the platform shows as "server" and "stream key". */
export interface LivestreamOutput {
  /** `rtmp://…` or `rtmps://…` */
  url: string;
  /** Platforms always want one; a server of one's own may have everything in its URL. */
  streamKey?: string;
}

/** One destination of a livestream as it is now. Its stream key is told to nobody. */
export interface EgressOutput {
  readonly id: string;
  readonly url: string;
  /** `retrying`: the connection was lost or refused, and is tried again; `failed`: it was given up. */
  readonly state: 'connecting' | 'live' | 'retrying' | 'failed' | 'ended';
  /** Why it is retrying or has failed, else "". */
  readonly message: string;
}

/** A recording, livestream or HLS as it is now: a value, replaced with every change. */
export interface Egress {
  readonly id: string;
  readonly kind: EgressKind;
  readonly status: EgressStatus;
  /** A recording that was paused and will go on into the same file. */
  readonly paused: boolean;
  /** When its first picture was taken, in milliseconds since 1970 (UTC); undefined before. */
  readonly startedAt: number | undefined;
  /** Why it failed. */
  readonly error: { readonly code: number; readonly message: string } | undefined;
  /** Of a livestream. */
  readonly outputs: readonly EgressOutput[];
  /** Of HLS, "" before they are known: with everything since the start, and the live edge only. */
  readonly playbackHlsUrl: string;
  readonly livestreamUrl: string;
  /** As in force. */
  readonly config: Readonly<EgressConfig>;
}

/** Where players find the HLS of this meeting; empty without one. `downstreamUrl` is an old name of `playbackHlsUrl`. */
export interface HlsUrls {
  readonly playbackHlsUrl?: string;
  readonly livestreamUrl?: string;
  readonly downstreamUrl?: string;
}

/** `id` names the egress (there can be several of one kind), `error` is there if it failed. */
interface EgressChange<State extends EgressStatus> {
  status: State;
  id: string;
  error?: { code: number; message: string };
}

export interface EgressEvents {
  'recording-state-changed': [change: EgressChange<RecordingState>];
  'livestream-state-changed': [change: EgressChange<LivestreamState>];
  'hls-state-changed': [change: EgressChange<HlsState> & HlsUrls];
  /** Anything about one of them: its status, an output, paused, its layout. */
  'egress-changed': [egress: Egress];
}

/** The part of `Meeting` about recordings, livestreams and HLS. Whoever starts and stops needs `allow_mod` (else 4008). */
export interface MeetingEgress {
  /** Of the latest one that runs; without one, how the last one ended. */
  readonly recordingState: RecordingState;
  readonly livestreamState: LivestreamState;
  readonly hlsState: HlsState;
  readonly hlsUrls: HlsUrls;
  /** Those that have not ended, by id, in the order they started. */
  readonly egresses: ReadonlyMap<string, Egress>;

  /**
   * Answers when the server has begun (`RECORDING_STARTING`). `webhookUrl` is told of this recording's states, `awsDirPath` is
   * the folder in the server's S3 storage.
   */
  startRecording(
    webhookUrl?: string | null,
    awsDirPath?: string | null,
    config?: RecordingConfig | null,
    transcription?: TranscriptionOptions | null,
  ): Promise<Egress>;
  /** Without an id: the only one. */
  stopRecording(id?: string): Promise<void>;
  /** The recording goes on later, into the same file. */
  pauseRecording(id?: string): Promise<void>;
  resumeRecording(id?: string): Promise<void>;
  /** Changes layout and theme while it runs; what is left out stays. The rest can only be chosen at the start. */
  updateRecording(config: Pick<EgressConfig, 'layout' | 'theme'>, id?: string): Promise<void>;

  startLivestream(outputs: readonly LivestreamOutput[], config?: EgressConfig | null): Promise<Egress>;
  stopLivestream(id?: string): Promise<void>;
  updateLivestream(config: Pick<EgressConfig, 'layout' | 'theme'>, id?: string): Promise<void>;
  /** More destinations while it is live; the others notice nothing. */
  addLivestreamOutputs(outputs: readonly LivestreamOutput[], id?: string): Promise<void>;
  /** By the ids in `egress.outputs`. */
  removeLivestreamOutputs(outputIds: readonly string[], id?: string): Promise<void>;

  startHls(config?: EgressConfig | null, transcription?: TranscriptionOptions | null): Promise<Egress>;
  stopHls(id?: string): Promise<void>;
  updateHls(config: Pick<EgressConfig, 'layout' | 'theme'>, id?: string): Promise<void>;
}
