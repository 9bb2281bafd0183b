// What people see of recordings, livestreams and HLS: words and looks for the states of the SDK.
import type { Egress, EgressKind, EgressOutput, HlsState, LivestreamState, RecordingState } from '@parley/react-sdk';
import { nameOfUrl } from './destinations.js';

export type Phase = 'idle' | 'starting' | 'running' | 'paused' | 'stopping' | 'failed';

export function phaseOf(status: RecordingState | LivestreamState | HlsState, paused = false): Phase {
  if (status.endsWith('_STARTING')) return 'starting';
  if (status.endsWith('_STARTED') || status === 'HLS_PLAYABLE') return paused ? 'paused' : 'running';
  if (status.endsWith('_STOPPING')) return 'stopping';
  return status.endsWith('_FAILED') ? 'failed' : 'idle';
}

export const isBusy = (phase: Phase) => phase === 'starting' || phase === 'stopping';
export const isOn = (phase: Phase) => phase === 'running' || phase === 'paused';

/** The words on the buttons of the control bar. */
export const RECORD_LABELS: Readonly<Record<Phase, string>> = {
  idle: 'Record',
  starting: 'Recording is starting',
  running: 'Recording now: controls',
  paused: 'Recording paused: controls',
  stopping: 'Recording is being saved',
  failed: 'Record. The last recording failed',
};
export const LIVE_LABELS: Readonly<Record<Phase, string>> = {
  idle: 'Go live',
  starting: 'Livestream is starting',
  running: 'Live now: controls',
  paused: 'Live now: controls',
  stopping: 'Livestream is ending',
  failed: 'Go live. The last livestream failed',
};

export function latestOf(egresses: ReadonlyMap<string, Egress>, kind: EgressKind): Egress | undefined {
  return [...egresses.values()].filter((egress) => egress.kind === kind).at(-1);
}

/** Livestream and HLS share a button: what matters most of the two. */
export function livePhase(livestream: Phase, hls: Phase): Phase {
  const order: readonly Phase[] = ['running', 'starting', 'stopping', 'failed', 'idle'];
  return order.find((phase) => phase === livestream || phase === hls) ?? 'idle';
}

/** What everyone sees while a meeting is recorded or live. */
export interface Mark {
  kind: 'recording' | 'live';
  text: string;
  /** Pictures are leaving the room right now. */
  active: boolean;
  /** When the first of them did, while they do: milliseconds UTC. */
  since: number | undefined;
}

export function marksOf(egresses: Iterable<Egress>): Mark[] {
  const phases: Record<Mark['kind'], Phase[]> = { recording: [], live: [] };
  const since: Record<Mark['kind'], number[]> = { recording: [], live: [] };
  for (const { kind, status, paused, startedAt } of egresses) {
    const mark = kind === 'recording' ? 'recording' : 'live';
    phases[mark].push(phaseOf(status, paused));
    if (startedAt !== undefined && phaseOf(status, paused) === 'running') since[mark].push(startedAt);
  }
  const order: readonly Phase[] = ['running', 'starting', 'paused', 'stopping'];
  const words = {
    recording: { running: 'Recording', starting: 'Recording is starting …', paused: 'Recording paused', stopping: 'Saving the recording …' },
    live: { running: 'Live', starting: 'Going live …', paused: 'Live', stopping: 'Ending the livestream …' },
  };
  return (['recording', 'live'] as const).flatMap((kind) => {
    const phase = order.find((candidate) => phases[kind].includes(candidate)) as keyof (typeof words)['recording'] | undefined;
    return phase ? [{ kind, text: words[kind][phase], active: phase === 'running', since: since[kind].length ? Math.min(...since[kind]) : undefined }] : [];
  });
}

/** 65 s as `1:05`, an hour as `1:00:00`. Never below 0: clocks of two machines differ. */
export function runningTime(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (n: number) => String(n).padStart(2, '0');
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

const BEGUN = { recording: 'This meeting is being recorded.', live: 'This meeting is live.' };
const PAUSED = { recording: 'The recording is paused.', live: '' };
const ENDED = { recording: 'The recording has ended.', live: 'This meeting is no longer live.' };

/** What a screen reader says when marks change; "" for nothing. `now` may hold what has just begun. */
export function announcementOf(before: readonly Mark[], now: readonly Mark[]): string {
  const find = (marks: readonly Mark[], kind: Mark['kind']) => marks.find((mark) => mark.kind === kind);
  const said = (['recording', 'live'] as const).map((kind) => {
    const [was, is] = [find(before, kind), find(now, kind)];
    if (is?.active && !was?.active) return BEGUN[kind];
    if (was?.active && is && !is.active) return is.text.startsWith('Recording paused') ? PAUSED[kind] : ENDED[kind];
    return was?.active && !is ? ENDED[kind] : '';
  });
  return said.filter(Boolean).join(' ');
}

export const OUTPUT_WORDS: Readonly<Record<EgressOutput['state'], string>> = {
  connecting: 'Connecting …',
  live: 'Live',
  retrying: 'Connecting again …',
  failed: 'Failed',
  ended: 'Ended',
};

/** Outputs that have just got into trouble, for whoever runs the livestream. */
export function newTroubles(before: Egress | undefined, now: Egress): string[] {
  return now.outputs.flatMap(({ id, url, state, message }) => {
    const was = before?.outputs.find((output) => output.id === id)?.state;
    if (state === was || (state !== 'failed' && !(state === 'retrying' && was === 'live'))) return [];
    return [`${nameOfUrl(url)}: ${state === 'failed' ? 'the livestream failed' : 'connection lost, trying again'}${message ? ` (${message})` : ''}`];
  });
}
