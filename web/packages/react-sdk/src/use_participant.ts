import type { Participant, ParticipantEvents, PinState, Stream, StreamKind } from '@parley/js-sdk';
import { useMeetingObject } from './meeting_provider.js';
import { type HandlersOf, useHandlers, useRedrawOn } from './subscription.js';

const EVENTS = [
  'stream-enabled',
  'stream-disabled',
  'media-status-changed',
  'video-quality-changed',
  'stream-paused',
  'stream-resumed',
  'connection-quality-changed',
  'reconnecting-changed',
] as const satisfies readonly (keyof ParticipantEvents)[];

const MEETING_EVENTS = [
  'participant-joined',
  'participant-left',
  'participant-mode-changed',
  'speaker-changed',
  'presenter-changed',
  'main-participant-changed',
  'pin-state-changed',
] as const;

export type ParticipantHandlers = HandlersOf<ParticipantEvents>;

export interface ParticipantView {
  participant: Participant | undefined;
  displayName: string;
  isLocal: boolean;
  mode: Participant['mode'];
  metaData: Record<string, unknown>;
  webcamStream: Stream | undefined;
  micStream: Stream | undefined;
  screenShareStream: Stream | undefined;
  screenShareAudioStream: Stream | undefined;
  webcamOn: boolean;
  micOn: boolean;
  screenShareOn: boolean;
  screenShareAudioOn: boolean;
  isActiveSpeaker: boolean;
  isPresenting: boolean;
  isMainParticipant: boolean;
  pinState: PinState;
  /** 1 (bad) to 5 (good), 0 not known. */
  connectionQuality: number;
  reconnecting: boolean;
}

/** Follows one participant, local or remote, by id. */
export function useParticipant(participantId: string, handlers: ParticipantHandlers = {}): ParticipantView {
  const meeting = useMeetingObject();
  useRedrawOn(meeting, MEETING_EVENTS);
  const local = meeting?.localParticipant;
  const participant = local?.id === participantId ? local : meeting?.participants.get(participantId);
  useRedrawOn(participant, EVENTS);
  useHandlers(participant, EVENTS, handlers);

  const stream = (kind: StreamKind) => [...(participant?.streams.values() ?? [])].find((s) => s.kind === kind);
  return {
    participant,
    displayName: participant?.displayName ?? '',
    isLocal: participant?.local ?? false,
    mode: participant?.mode ?? 'SEND_AND_RECV',
    metaData: participant?.metaData ?? {},
    webcamStream: stream('video'),
    micStream: stream('audio'),
    screenShareStream: stream('share'),
    screenShareAudioStream: stream('shareAudio'),
    webcamOn: participant?.webcamOn ?? false,
    micOn: participant?.micOn ?? false,
    screenShareOn: participant?.screenShareOn ?? false,
    screenShareAudioOn: participant?.screenShareAudioOn ?? false,
    isActiveSpeaker: meeting?.activeSpeakerId === participantId,
    isPresenting: meeting?.activePresenterId === participantId,
    isMainParticipant: meeting?.mainParticipantId === participantId,
    pinState: participant?.pinState ?? { cam: false, share: false },
    connectionQuality: participant?.connectionQuality ?? 0,
    reconnecting: participant?.reconnecting ?? false,
  };
}
