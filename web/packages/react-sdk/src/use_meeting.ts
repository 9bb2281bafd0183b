import type {
  Egress,
  HlsState,
  HlsUrls,
  LivestreamState,
  Meeting,
  MeetingEvents,
  MeetingState,
  Participant,
  PinState,
  RecordingState,
} from '@parley/js-sdk';
import { useMemo } from 'react';
import { useMeetingObject } from './meeting_provider.js';
import { type HandlersOf, useHandlers, useRedrawOn } from './subscription.js';

const STATE_EVENTS = [
  'meeting-joined',
  'meeting-left',
  'meeting-state-changed',
  'entry-pending',
  'participant-joined',
  'participant-left',
  'participant-mode-changed',
  'speaker-changed',
  'presenter-changed',
  'main-participant-changed',
  'pin-state-changed',
  'egress-changed',  // comes with every state of recordings, livestreams and HLS
] as const;

const ALL_EVENTS = [
  ...STATE_EVENTS,
  'entry-requested',
  'entry-responded',
  'mic-requested',
  'webcam-requested',
  'paused-all-streams',
  'resumed-all-streams',
  'quality-limitation',
  'recording-state-changed',
  'livestream-state-changed',
  'hls-state-changed',
  'data',
  'error',
] as const satisfies readonly (keyof MeetingEvents)[];

const LOCAL_EVENTS = ['stream-enabled', 'stream-disabled', 'media-status-changed'] as const;

export type MeetingHandlers = HandlersOf<MeetingEvents>;

const METHODS = [
  'join',
  'leave',
  'end',
  'changeMode',
  'respondEntry',
  'muteMic',
  'unmuteMic',
  'toggleMic',
  'enableWebcam',
  'disableWebcam',
  'toggleWebcam',
  'enableScreenShare',
  'disableScreenShare',
  'toggleScreenShare',
  'changeMic',
  'changeWebcam',
  'replaceWebcamStream',
  'setWebcamQuality',
  'getMics',
  'getWebcams',
  'pauseAllStreams',
  'resumeAllStreams',
  'send',
  'startRecording',
  'stopRecording',
  'pauseRecording',
  'resumeRecording',
  'updateRecording',
  'startLivestream',
  'stopLivestream',
  'updateLivestream',
  'addLivestreamOutputs',
  'removeLivestreamOutputs',
  'startHls',
  'stopHls',
  'updateHls',
] as const satisfies readonly (keyof Meeting)[];
type MethodName = (typeof METHODS)[number];

/** The meeting as a component sees it: values to draw, and the meeting's methods, free to be passed on. */
export interface MeetingView extends Pick<Meeting, MethodName> {
  meeting: Meeting | undefined;
  meetingId: string;
  state: MeetingState;
  isMeetingJoined: boolean;
  localParticipant: Participant | undefined;
  participants: ReadonlyMap<string, Participant>;
  pinnedParticipants: ReadonlyMap<string, PinState>;
  permissions: readonly string[];
  activeSpeakerId: string | null;
  presenterId: string | null;
  mainParticipantId: string | null;
  localMicOn: boolean;
  localWebcamOn: boolean;
  localScreenShareOn: boolean;
  recordingState: RecordingState;
  livestreamState: LivestreamState;
  hlsState: HlsState;
  hlsUrls: HlsUrls;
  /** Pictures are being taken (or would be, were it not paused). */
  isRecording: boolean;
  isLiveStreaming: boolean;
  isHls: boolean;
  /** Those that have not ended, with their outputs, layout and so on. */
  egresses: ReadonlyMap<string, Egress>;
}

const NOBODY: ReadonlyMap<string, Participant> = new Map();
const NO_URLS: HlsUrls = {};
const NO_EGRESS: ReadonlyMap<string, Egress> = new Map();
const NO_PINS: ReadonlyMap<string, PinState> = new Map();

/** Follows the meeting of the nearest provider. Handlers are called like `onParticipantJoined`. */
export function useMeeting(handlers: MeetingHandlers = {}): MeetingView {
  const meeting = useMeetingObject();
  useRedrawOn(meeting, STATE_EVENTS);
  useRedrawOn(meeting?.localParticipant, LOCAL_EVENTS);
  useHandlers(meeting, ALL_EVENTS, handlers);

  const methods = useMemo(() => bound(meeting), [meeting]);
  const local = meeting?.localParticipant;
  return {
    ...methods,
    meeting,
    meetingId: meeting?.id ?? '',
    state: meeting?.state ?? 'IDLE',
    isMeetingJoined: meeting?.state === 'CONNECTED' || meeting?.state === 'RECONNECTING',
    localParticipant: local,
    participants: meeting?.participants ?? NOBODY,
    pinnedParticipants: meeting?.pinnedParticipants ?? NO_PINS,
    permissions: meeting?.permissions ?? [],
    activeSpeakerId: meeting?.activeSpeakerId ?? null,
    presenterId: meeting?.activePresenterId ?? null,
    mainParticipantId: meeting?.mainParticipantId ?? null,
    localMicOn: local?.micOn ?? false,
    localWebcamOn: local?.webcamOn ?? false,
    localScreenShareOn: local?.screenShareOn ?? false,
    ...egressOf(meeting),
  };
}

function egressOf(meeting: Meeting | undefined) {
  const recordingState = meeting?.recordingState ?? 'RECORDING_STOPPED';
  const livestreamState = meeting?.livestreamState ?? 'LIVESTREAM_STOPPED';
  const hlsState = meeting?.hlsState ?? 'HLS_STOPPED';
  return {
    recordingState,
    livestreamState,
    hlsState,
    hlsUrls: meeting?.hlsUrls ?? NO_URLS,
    isRecording: recordingState === 'RECORDING_STARTED',
    isLiveStreaming: livestreamState === 'LIVESTREAM_STARTED',
    isHls: hlsState === 'HLS_STARTED' || hlsState === 'HLS_PLAYABLE',
    egresses: meeting?.egresses ?? NO_EGRESS,
  };
}

function bound(meeting: Meeting | undefined): Pick<Meeting, MethodName> {
  const methods: Record<string, unknown> = {};
  for (const name of METHODS) {
    methods[name] = (...args: unknown[]) =>
      meeting
        ? (meeting[name] as (...all: unknown[]) => unknown).apply(meeting, args)
        : Promise.reject(new Error(`${name}() needs a MeetingProvider above it that has been drawn`));
  }
  return methods as unknown as Pick<Meeting, MethodName>;
}
