import type { ClientBody } from '@parley/wire';
import type { StreamKind, StreamKindOrAll } from '../api/values.js';
import type { Clock } from '../browser/adapter.js';
import { ReceiveWishes } from '../receive/wishes.js';
import { sourceOf, wireQuality } from '../room/convert.js';
import { kKinds } from '../room/state.js';
import type { RoomParticipant } from './participant.js';

export interface ReceptionPort {
  /** Without a reply; dropped while there is no connection, and said again by `sayAgain`. */
  send(body: ClientBody): void;
  request(body: ClientBody): Promise<unknown>;
  participants(): Iterable<RoomParticipant>;
  syncStreams(): void;
}

/** What this client takes of the others: wishes for single streams, streams held back, kinds paused as a whole. */
export class Reception {
  readonly wishes: ReceiveWishes;
  private readonly pausedKinds_ = new Set<StreamKind>();
  private readonly heldBack_ = new Map<string, Set<StreamKind>>();

  constructor(
    clock: Clock,
    private readonly autoConsume_: boolean,
    private readonly port_: ReceptionPort,
  ) {
    this.wishes = new ReceiveWishes(clock, (participantId, kind, { quality, ...wish }) => {
      const value = { ...wish, participantId, source: sourceOf(kind), quality: wireQuality(quality) };
      this.port_.send({ case: 'receive', value });
    });
  }

  onJoined(id: string): void {
    if (!this.autoConsume_) for (const kind of ['audio', 'video'] as const) this.consume(id, kind, false);
  }

  onLeft(id: string): void {
    this.wishes.forget(id);
    this.heldBack_.delete(id);
  }

  isConsumed(id: string, kind: StreamKind): boolean {
    return !this.heldBack_.get(id)?.has(kind);
  }

  consume(id: string, kind: StreamKind, wanted: boolean): void {
    const held = this.heldBack_.get(id) ?? new Set<StreamKind>();
    this.heldBack_.set(id, held);
    if (wanted) held.delete(kind);
    else held.add(kind);
    this.wishes.setPaused(id, kind, !wanted);
    this.port_.syncStreams();
  }

  /** A stream comes while neither its own wish nor that for its kind pauses it. */
  setPaused(id: string, kind: StreamKind, paused: boolean): boolean {
    this.wishes.setPaused(id, kind, paused);
    return this.isHeld(id, kind);
  }

  isHeld(id: string, kind: StreamKind): boolean {
    return this.pausedKinds_.has(kind) || this.wishes.isPaused(id, kind);
  }

  /** Holds for streams that come later, too. */
  async pauseAll(kind: StreamKindOrAll, paused: boolean): Promise<void> {
    const kinds = kind === 'all' ? kKinds : [kind];
    await this.port_.request({ case: 'pauseAll', value: { sources: kinds.map(sourceOf), paused } });
    for (const each of kinds) {
      if (paused) this.pausedKinds_.add(each);
      else this.pausedKinds_.delete(each);
      for (const participant of this.port_.participants())
        participant.streamOf(each)?.setPause('user', this.isHeld(participant.id, each));
    }
  }

  /** To a server that may have missed something, or is new. */
  sayAgain(): void {
    this.wishes.resendAll();
    const sources = [...this.pausedKinds_].map(sourceOf);
    if (sources.length > 0) this.port_.send({ case: 'pauseAll', value: { sources, paused: true } });
  }

  /** Ids of the remote tracks on which something should arrive. */
  flowing(): Set<string> {
    const ids = new Set<string>();
    for (const participant of this.port_.participants()) {
      for (const { paused, kind, track } of participant.streams.values()) {
        if (!paused && !this.wishes.isSentPaused(participant.id, kind)) ids.add(track.id);
      }
    }
    return ids;
  }

  close(): void {
    this.wishes.close();
  }
}
