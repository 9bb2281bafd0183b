import type { ParleyError } from '../errors.js';
import type { EgressEvents, MeetingEgress } from './egress.js';
import type { EventSource } from './events.js';
import type { Participant } from './participant.js';
import type { PubSub } from './pubsub.js';
import type {
  Decision,
  JoinTimings,
  LeaveInfo,
  MediaDevice,
  MeetingState,
  Mode,
  PinState,
  Quality,
  StreamKindOrAll,
} from './values.js';

export interface MeetingEvents extends EgressEvents {
  'meeting-joined': [];
  'meeting-left': [reason: LeaveInfo];
  'meeting-state-changed': [change: { state: MeetingState }];
  /** An `ask_join` guest waits to be let in. */
  'entry-pending': [];
  'participant-joined': [participant: Participant];
  'participant-left': [participant: Participant, reason: LeaveInfo];
  'participant-mode-changed': [change: { participantId: string; mode: Mode }];
  'speaker-changed': [activeSpeakerId: string | null];
  'presenter-changed': [activePresenterId: string | null];
  'main-participant-changed': [participant: Participant | undefined];
  'entry-requested': [
    request: {
      participantId: string;
      name: string;
      allow: () => Promise<void>;
      deny: () => Promise<void>;
    },
  ];
  'entry-responded': [participantId: string, decision: Decision];
  'mic-requested': [request: { participantId: string; accept: () => Promise<void>; reject: () => Promise<void> }];
  'webcam-requested': [request: { participantId: string; accept: () => Promise<void>; reject: () => Promise<void> }];
  /** The answer to an own `participant.enableMic()` or `enableWebcam()`. */
  'media-request-responded': [answer: { participantId: string; kind: 'audio' | 'video'; accepted: boolean }];
  'pin-state-changed': [change: { peerId: string; state: PinState; pinnedBy: string }];
  'paused-all-streams': [change: { kind: StreamKindOrAll }];
  'resumed-all-streams': [change: { kind: StreamKindOrAll }];
  'quality-limitation': [
    change: { type: 'congestion' | 'bandwidth' | 'cpu'; state: 'detected' | 'resolved'; timestamp: number },
  ];
  data: [
    message: { payload: string | ArrayBuffer; from: string; timestamp: number; reliability: 'RELIABLE' | 'UNRELIABLE' },
  ];
  error: [error: ParleyError];
}

/** A meeting as seen by one participant. Made by `Parley.initMeeting`; nothing happens before `join()`. */
export interface Meeting extends EventSource<MeetingEvents>, MeetingEgress {
  /** The `meetingId` it was made with; the room's own id after joining. */
  readonly id: string;
  /** "" before joining. */
  readonly sessionId: string;
  readonly state: MeetingState;
  readonly localParticipant: Participant;
  /** The others, by id, in the order they joined. */
  readonly participants: ReadonlyMap<string, Participant>;
  readonly activeSpeakerId: string | null;
  readonly activePresenterId: string | null;
  readonly mainParticipantId: string | null;
  readonly pinnedParticipants: ReadonlyMap<string, PinState>;
  /** What the token allows: "allow_join", "allow_mod". Empty before joining. */
  readonly permissions: readonly string[];
  readonly selectedCameraDevice: Partial<MediaDevice>;
  readonly selectedMicrophoneDevice: Partial<MediaDevice>;
  readonly pubSub: PubSub;
  readonly joinTimings: Readonly<JoinTimings>;

  /** What this version does not have yet, at rest: pages may read them. */
  readonly transcriptionState: 'TRANSCRIPTION_STOPPED';
  readonly isE2EEEnabled: false;

  /** Answers when the meeting is joined (for a guest who knocks: when someone lets them in). */
  join(): Promise<void>;
  leave(): Promise<void>;
  /** Ends the meeting for all. Needs `allow_mod`. */
  end(): Promise<void>;
  changeMode(mode: Mode): Promise<void>;
  respondEntry(participantId: string, decision: Decision): Promise<void>;

  muteMic(): Promise<void>;
  unmuteMic(track?: MediaStream | MediaStreamTrack): Promise<void>;
  toggleMic(track?: MediaStream | MediaStreamTrack): Promise<void>;
  enableWebcam(track?: MediaStream | MediaStreamTrack): Promise<void>;
  disableWebcam(): Promise<void>;
  toggleWebcam(track?: MediaStream | MediaStreamTrack): Promise<void>;
  enableScreenShare(track?: MediaStream): Promise<void>;
  disableScreenShare(): Promise<void>;
  toggleScreenShare(track?: MediaStream): Promise<void>;
  /** A device id, or an own stream. If the source is on, it is swapped without a break. */
  changeMic(deviceOrStream: string | MediaStream): Promise<void>;
  changeWebcam(deviceOrStream: string | MediaStream): Promise<void>;
  replaceWebcamStream(stream: MediaStream): Promise<void>;
  /** What is sent of the own camera: 180p, 360p or all. */
  setWebcamQuality(quality: Quality): Promise<void>;
  getMics(): Promise<MediaDevice[]>;
  getWebcams(): Promise<MediaDevice[]>;

  pauseAllStreams(kind?: StreamKindOrAll): Promise<void>;
  resumeAllStreams(kind?: StreamKindOrAll): Promise<void>;

  /** To everyone else in `SEND_AND_RECV` mode; at most 15 KiB. */
  send(
    payload: string | Blob | ArrayBuffer | ArrayBufferView,
    options?: { reliability?: 'RELIABLE' | 'UNRELIABLE' },
  ): Promise<void>;
}
