import type { Joined, RoomState as WireRoom, SeatAssignment, ServerBody } from '@parley/wire';
import type { MeetingEvents } from '../api/meeting.js';
import type { Mode, StreamKind } from '../api/values.js';
import type { Emitter } from '../emitter.js';
import type { MediaSession } from '../media/session.js';
import { kindOf, qualityOf } from '../room/convert.js';
import { kNoEgress } from '../room/egress.js';
import { reduce, takeOver } from '../room/reduce.js';
import { initialRoom, kKinds } from '../room/state.js';
import type { Member, RoomEvent, RoomState, Step } from '../room/state.js';
import { announceEgress } from './egress_control.js';
import { RoomParticipant } from './participant.js';
import type { ParticipantPort } from './participant.js';
import type { RoomStream } from './stream.js';

export interface RosterPort extends ParticipantPort {
  media(): MediaSession | undefined;
  isConsumed(id: string, kind: StreamKind): boolean;
  /** Paused by this client: a wish outlives the stream, and `pauseAllStreams` holds for those that come later. */
  isHeld(id: string, kind: StreamKind): boolean;
  onLeft(id: string): void;
}

export interface Identity {
  id: string;
  displayName: string;
  metaData: Record<string, unknown>;
  mode: Mode;
}

/** Turns the room's state into participants and streams that have events. Holds no rules: those are in `room/`. */
export class Roster {
  readonly participants = new Map<string, RoomParticipant>();
  readonly local: RoomParticipant;
  private state_: RoomState;
  private nextStream_ = 1;

  constructor(
    identity: Identity,
    private readonly port_: RosterPort,
    private readonly events_: Emitter<MeetingEvents>,
  ) {
    this.state_ = initialRoom(identity.id, identity.displayName, identity.metaData, identity.mode);
    this.local = new RoomParticipant(this.state_.self, true, port_);
  }

  get state(): RoomState {
    return this.state_;
  }

  find(id: string): RoomParticipant | undefined {
    return id === this.state_.self.id ? this.local : this.participants.get(id);
  }

  streamOfTrack(trackId: string): RoomStream | undefined {
    const streams = [...this.participants.values()].flatMap((participant) => [...participant.streams.values()]);
    return streams.find(({ track }) => track.id === trackId);
  }

  /** `announce` runs when all participants are there and nobody has been told yet. */
  onJoined(joined: Joined, announce: () => void): void {
    this.patchSelf({ id: joined.participantId });
    if (joined.room) this.apply(takeOver(this.state_, joined.room, joined.seats), announce);
    else announce();
  }

  onSnapshot(room: WireRoom, seats: readonly SeatAssignment[]): void {
    this.apply(takeOver(this.state_, room, seats));
  }

  receive(body: ServerBody): void {
    if (body.case === 'receiveChanged') {
      const { participantId, source, quality, pause, spatialLayer, temporalLayer } = body.value;
      const participant = this.participants.get(participantId);
      const kind = kindOf(source);
      participant?.onReceiveChanged(kind, qualityOf(quality), pause, {
        spatial: spatialLayer,
        temporal: temporalLayer,
      });
      return;
    }
    this.apply(reduce(this.state_, body));
  }

  patchSelf(change: Partial<Member>): void {
    this.state_ = { ...this.state_, self: { ...this.state_.self, ...change } };
    this.local.update(this.state_.self);
  }

  setLocalTrack(kind: StreamKind, track: MediaStreamTrack | undefined): void {
    const before = this.local.streamOf(kind);
    if (before) this.local.removeStream(kind);
    if (track) this.local.addStream(this.streamId(this.local.id, kind), kind, track);
    if (!before !== !track) this.local.emit('media-status-changed', { kind, newStatus: !!track });
  }

  /** Remote streams as they should be now: on, seated, consumed, and with the seat's present track. */
  syncStreams(): void {
    const wanted = this.playable();
    for (const participant of this.participants.values()) {
      for (const kind of kKinds) {
        const track = wanted.get(participant.id)?.get(kind);
        const stream = participant.streamOf(kind);
        if (stream?.track === track) continue;
        if (stream) participant.removeStream(kind);
        if (!track) continue;
        const added = participant.addStream(this.streamId(participant.id, kind), kind, track);
        if (this.state_.others.get(participant.id)?.streams.get(kind)?.paused) added.setPause('publisher', true);
        if (this.port_.isHeld(participant.id, kind)) added.setPause('user', true);
      }
    }
  }

  /** Everybody goes: the meeting is over for this client. */
  clear(): void {
    for (const participant of this.participants.values()) for (const kind of kKinds) participant.removeStream(kind);
    this.participants.clear();
    const nobody = { others: new Map(), seats: new Map(), speaker: null, presenter: null, main: null };
    this.state_ = { ...this.state_, ...nobody, egress: kNoEgress };
  }

  private playable(): Map<string, Map<StreamKind, MediaStreamTrack>> {
    const result = new Map<string, Map<StreamKind, MediaStreamTrack>>();
    const media = this.port_.media();
    if (!media) return result;
    for (const [seat, id] of this.state_.seats) {
      const member = this.state_.others.get(id);
      if (!member) continue;
      const tracks = result.get(id) ?? new Map<StreamKind, MediaStreamTrack>();
      result.set(id, tracks);
      for (const kind of media.isShareSeat(seat) ? (['share', 'shareAudio'] as const) : (['audio', 'video'] as const)) {
        const receiver = media.receiver(seat, kind === 'audio' || kind === 'shareAudio' ? 'audio' : 'video');
        if (receiver && member.streams.has(kind) && this.port_.isConsumed(id, kind)) tracks.set(kind, receiver.track);
      }
    }
    return result;
  }

  private streamId(participantId: string, kind: StreamKind): string {
    return `${participantId}:${kind}:${this.nextStream_++}`;
  }

  // ---- changes ---------------------------------------------------------------------------------------------------

  private apply({ state, events }: Step, announce = () => {}): void {
    this.state_ = state;
    this.local.update(state.self);
    const gone = new Map<string, RoomParticipant>();
    for (const event of events) {
      if (event.type !== 'left') continue;
      const participant = this.participants.get(event.member.id);
      if (participant) gone.set(event.member.id, participant);
      this.participants.delete(event.member.id);
    }
    for (const member of state.others.values()) {
      const known = this.participants.get(member.id);
      if (known) known.update(member);
      else this.participants.set(member.id, new RoomParticipant(member, false, this.port_));
    }
    announce();
    for (const event of events) this.announce(event, gone);
    this.syncStreams();
  }

  private announce(event: RoomEvent, gone: ReadonlyMap<string, RoomParticipant>): void {
    switch (event.type) {
      case 'joined': {
        const participant = this.participants.get(event.member.id);
        if (participant) this.events_.emit('participant-joined', participant);
        return;
      }
      case 'left': {
        const participant = gone.get(event.member.id);
        if (!participant) return;
        for (const kind of kKinds) participant.removeStream(kind);
        this.port_.onLeft(event.member.id);
        this.events_.emit('participant-left', participant, { code: event.code, message: event.message });
        return;
      }
      case 'speaker':
        return this.events_.emit('speaker-changed', event.id);
      case 'presenter':
        return this.events_.emit('presenter-changed', event.id);
      case 'main':
        return this.events_.emit('main-participant-changed', event.id === null ? undefined : this.find(event.id));
      case 'seats':
        return;
      case 'mode':
        return this.events_.emit('participant-mode-changed', { participantId: event.id, mode: event.mode });
      case 'pin':
        return this.events_.emit('pin-state-changed', { peerId: event.id, state: event.state, pinnedBy: event.by });
      case 'egress':
        return announceEgress(event, this.events_);
      default:
        return this.find(event.id)?.onRoomEvent(event);
    }
  }
}
