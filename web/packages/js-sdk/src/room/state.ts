import type { Mode, PinState, StreamKind } from '../api/values.js';
import { kNoEgress } from './egress.js';
import type { EgressBook, EgressEvent } from './egress.js';

/** What one participant publishes on one source, as the room knows it. */
export interface PublishedStream {
  readonly kind: StreamKind;
  readonly paused: boolean;
  /** Empty until its first packet. */
  readonly codec: string;
  readonly displaySurface: string;
}

export interface Member {
  readonly id: string;
  readonly displayName: string;
  readonly metaData: Record<string, unknown>;
  readonly mode: Mode;
  readonly streams: ReadonlyMap<StreamKind, PublishedStream>;
  readonly pin: PinState;
  readonly connectionQuality: number;
  readonly reconnecting: boolean;
}

/** The room as one client sees it: a value, replaced by `reduce` for each message of the server. */
export interface RoomState {
  readonly self: Member;
  /** The others, in the order they joined. */
  readonly others: ReadonlyMap<string, Member>;
  /** Which participant is on which seat; empty seats are not in it. */
  readonly seats: ReadonlyMap<number, string>;
  readonly speaker: string | null;
  readonly presenter: string | null;
  readonly main: string | null;
  readonly egress: EgressBook;
}

/** What changed, for those who show it. Ids name others or the client itself. */
export type RoomEvent =
  | { type: 'joined'; member: Member }
  | { type: 'left'; member: Member; code: number; message: string }
  | { type: 'mode'; id: string; mode: Mode }
  | { type: 'media'; id: string; kind: StreamKind; on: boolean }
  | { type: 'publisher-paused'; id: string; kind: StreamKind; paused: boolean }
  | { type: 'pin'; id: string; state: PinState; by: string }
  | { type: 'connection'; id: string; quality: number }
  | { type: 'reconnecting'; id: string; reconnecting: boolean }
  | { type: 'seats' }
  | { type: 'speaker'; id: string | null }
  | { type: 'presenter'; id: string | null }
  | { type: 'main'; id: string | null }
  | EgressEvent;

export interface Step {
  readonly state: RoomState;
  readonly events: readonly RoomEvent[];
}

export const kNoPin: PinState = { cam: false, share: false };
export const kKinds: readonly StreamKind[] = ['audio', 'video', 'share', 'shareAudio'];

export function initialRoom(id: string, displayName: string, metaData: Record<string, unknown>, mode: Mode): RoomState {
  const self: Member = {
    id,
    displayName,
    metaData,
    mode,
    streams: new Map(),
    pin: kNoPin,
    connectionQuality: 0,
    reconnecting: false,
  };
  const nobody = { others: new Map(), seats: new Map(), speaker: null, presenter: null, main: null };
  return { self, ...nobody, egress: kNoEgress };
}
