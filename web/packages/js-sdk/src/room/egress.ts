import * as wire from '@parley/wire';
import type { Egress, EgressConfig, EgressKind, EgressOutput, EgressStatus, HlsUrls } from '../api/egress.js';
import { parseObject } from './convert.js';

/** What leaves the room, as one client knows it: a value, part of `RoomState`. */
export interface EgressBook {
  /** Those that have not ended, by id, in the order they were heard of. */
  readonly running: ReadonlyMap<string, Egress>;
  /** The last status of each kind. */
  readonly last: Readonly<Record<EgressKind, EgressStatus>>;
}

export interface EgressEvent {
  type: 'egress';
  egress: Egress;
  /** Its status is another one; else only something about it. */
  status: boolean;
}

interface Step {
  readonly book: EgressBook;
  readonly events: readonly EgressEvent[];
}

const kEgressKinds: readonly EgressKind[] = ['recording', 'livestream', 'hls'];
const kPrefixes = { recording: 'RECORDING', livestream: 'LIVESTREAM', hls: 'HLS' } as const;
const kOutputStates: readonly string[] = ['connecting', 'live', 'retrying', 'failed', 'ended'];

export const kNoEgress: EgressBook = {
  running: new Map(),
  last: { recording: 'RECORDING_STOPPED', livestream: 'LIVESTREAM_STOPPED', hls: 'HLS_STOPPED' },
};

export function wireKind(kind: EgressKind): wire.EgressKind {
  return kEgressKinds.indexOf(kind);
}

export function hasEnded(status: EgressStatus): boolean {
  return status.endsWith('_STOPPED') || status.endsWith('_FAILED');
}

/** Of the latest one that runs; without one, how the last one ended. */
export function stateOf(book: EgressBook, kind: EgressKind): EgressStatus {
  return latest(book, kind)?.status ?? book.last[kind];
}

export function latest(book: EgressBook, kind: EgressKind): Egress | undefined {
  return [...book.running.values()].filter((egress) => egress.kind === kind).at(-1);
}

export function hlsUrlsOf(egress: Egress | undefined): HlsUrls {
  if (!egress?.playbackHlsUrl) return {};
  const { playbackHlsUrl, livestreamUrl } = egress;
  return { playbackHlsUrl, livestreamUrl, downstreamUrl: playbackHlsUrl };
}

export function egressOf(state: wire.EgressState): Egress {
  const { egressId: id, paused, startedAtMs, error, playbackHlsUrl, livestreamUrl } = state;
  return {
    id,
    kind: kEgressKinds[state.kind] ?? 'recording',
    status: state.status as EgressStatus,
    paused,
    startedAt: startedAtMs > 0n ? Number(startedAtMs) : undefined,
    error: error && { code: error.code, message: error.message },
    outputs: state.outputs.map(outputOf),
    playbackHlsUrl,
    livestreamUrl,
    config: (parseObject(state.configJson) ?? {}) as EgressConfig,
  };
}

function outputOf({ id, url, state, message }: wire.EgressOutput): EgressOutput {
  return { id, url, state: (kOutputStates.includes(state) ? state : 'connecting') as EgressOutput['state'], message };
}

/** As the server says now. An end of what is not known is nothing new. */
export function withEgress(book: EgressBook, state: wire.EgressState): Step {
  const egress = egressOf(state);
  const before = book.running.get(egress.id);
  if (!before && hasEnded(egress.status)) return { book, events: [] };
  const status = before?.status !== egress.status;
  if (!status && same(before, egress)) return { book, events: [] };
  const running = new Map(book.running);
  if (hasEnded(egress.status)) running.delete(egress.id);
  else running.set(egress.id, egress);
  const last = { ...book.last, [egress.kind]: egress.status };
  return { book: { running, last }, events: [{ type: 'egress', egress, status }] };
}

/** Takes over the whole list; those that are no longer in it have stopped meanwhile. */
export function takeOverEgresses(before: EgressBook, states: readonly wire.EgressState[]): Step {
  const events: EgressEvent[] = [];
  const running = new Map(before.running);
  let last = before.last;
  const listed = new Set(states.map((state) => state.egressId));
  for (const egress of before.running.values()) {
    if (listed.has(egress.id)) continue;
    const status = `${kPrefixes[egress.kind]}_STOPPED` as EgressStatus;
    running.delete(egress.id);
    last = { ...last, [egress.kind]: status };
    events.push({ type: 'egress', egress: { ...egress, status, paused: false }, status: true });
  }
  let book: EgressBook = { running, last };
  for (const state of states) {
    const step = withEgress(book, state);
    book = step.book;
    events.push(...step.events);
  }
  return { book, events };
}

/** Both are plain values of strings, numbers and lists. */
function same(left: Egress | undefined, right: Egress): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
