import type { ParticipantInfo, RoomState as WireRoom, SeatAssignment, ServerBody } from '@parley/wire';
import { memberOf } from './convert.js';
import { takeOverEgresses, withEgress } from './egress.js';
import { kKinds, kNoPin } from './state.js';
import type { Member, RoomEvent, RoomState, Step } from './state.js';

/** The room after a message of the server, and what that changed. Messages about other things change nothing. */
export function reduce(state: RoomState, body: ServerBody): Step {
  switch (body.case) {
    case 'participantJoined':
    case 'participantUpdated':
      return body.value.participant ? withMember(state, body.value.participant) : { state, events: [] };
    case 'participantLeft': {
      const { participantId, reason, mainParticipantId } = body.value;
      const left = withoutMember(state, participantId, reason?.code ?? 0, reason?.message ?? '');
      return then(left, (room) => withFocus(room, { main: mainParticipantId || null }));
    }
    case 'seatsChanged':
    case 'negotiated':
      return withSeats(state, body.value.seats);
    case 'speakerChanged':
      return withFocus(state, {
        speaker: body.value.participantId || null,
        main: body.value.mainParticipantId || null,
      });
    case 'presenterChanged':
      return withFocus(state, {
        presenter: body.value.participantId || null,
        main: body.value.mainParticipantId || null,
      });
    case 'pinStateChanged': {
      const { participantId, state: pin, pinnedBy, mainParticipantId } = body.value;
      const change = pin ? { cam: pin.cam, share: pin.share } : kNoPin;
      const event = (id: string): RoomEvent => ({ type: 'pin', id, state: change, by: pinnedBy });
      const pinned = patch(state, participantId, { pin: change }, event);
      return then(pinned, (room) => withFocus(room, { main: mainParticipantId || null }));
    }
    case 'qualityChanged': {
      const { participantId, quality } = body.value;
      return patch(state, participantId, { connectionQuality: quality }, (id) => ({ type: 'connection', id, quality }));
    }
    case 'egressChanged': {
      const { book, events } = withEgress(state.egress, body.value);
      return { state: { ...state, egress: book }, events };
    }
    case 'egressStarted': {
      // What was told of it since counts more than this reply.
      const { state: started } = body.value;
      if (!started || state.egress.running.has(started.egressId)) return { state, events: [] };
      const { book, events } = withEgress(state.egress, started);
      return { state: { ...state, egress: book }, events };
    }
    default:
      return { state, events: [] };
  }
}

/** Takes over the whole state, after joining (again) or a Resume that could not replay: events tell the difference. */
export function takeOver(before: RoomState, room: WireRoom, seats: readonly SeatAssignment[]): Step {
  const events: RoomEvent[] = [];
  let state = before;
  const apply = (step: Step) => {
    state = step.state;
    events.push(...step.events);
  };
  const present = new Set(room.participants.map((participant) => participant.participantId));
  for (const id of before.others.keys()) if (!present.has(id)) apply(withoutMember(state, id, 0, ''));
  for (const participant of room.participants) apply(withMember(state, participant, true));
  const vacated = [...state.seats.keys()].map((seat) => ({ seat, participantId: '' }));
  apply(withSeats(state, [...vacated, ...seats]));
  apply(
    withFocus(state, {
      speaker: room.activeSpeakerId || null,
      presenter: room.activePresenterId || null,
      main: room.mainParticipantId || null,
    }),
  );
  const { book, events: changes } = takeOverEgresses(state.egress, room.egresses);
  return { state: { ...state, egress: book }, events: [...events, ...changes] };
}

function then(first: Step, next: (state: RoomState) => Step): Step {
  const second = next(first.state);
  return { state: second.state, events: [...first.events, ...second.events] };
}

function withMember(state: RoomState, info: ParticipantInfo, pinsToo = false): Step {
  const next = memberOf(info);
  if (next.id === state.self.id) return { state: { ...state, self: next }, events: changes(state.self, next, pinsToo) };
  const previous = state.others.get(next.id);
  const others = new Map(state.others).set(next.id, next);
  const events: RoomEvent[] = previous ? changes(previous, next, pinsToo) : [{ type: 'joined', member: next }];
  return { state: { ...state, others }, events };
}

function withoutMember(state: RoomState, id: string, code: number, message: string): Step {
  const member = state.others.get(id);
  if (!member) return { state, events: [] };
  const others = new Map(state.others);
  others.delete(id);
  const seats = new Map([...state.seats].filter(([, occupant]) => occupant !== id));
  const events: RoomEvent[] = [];
  if (seats.size !== state.seats.size) events.push({ type: 'seats' });
  events.push({ type: 'left', member, code, message });
  return { state: { ...state, others, seats }, events };
}

function withSeats(state: RoomState, assignments: readonly Pick<SeatAssignment, 'seat' | 'participantId'>[]): Step {
  const seats = new Map(state.seats);
  for (const { seat, participantId } of assignments) {
    if (participantId) seats.set(seat, participantId);
    else seats.delete(seat);
  }
  return sameMap(seats, state.seats)
    ? { state, events: [] }
    : { state: { ...state, seats }, events: [{ type: 'seats' }] };
}

function withFocus(state: RoomState, focus: Partial<Pick<RoomState, 'speaker' | 'presenter' | 'main'>>): Step {
  const events: RoomEvent[] = [];
  for (const type of ['speaker', 'presenter', 'main'] as const) {
    const id = focus[type];
    if (id !== undefined && id !== state[type]) events.push({ type, id });
  }
  return { state: { ...state, ...focus }, events };
}

function patch(state: RoomState, id: string, change: Partial<Member>, event: (id: string) => RoomEvent): Step {
  if (id === state.self.id) return { state: { ...state, self: { ...state.self, ...change } }, events: [event(id)] };
  const member = state.others.get(id);
  if (!member) return { state, events: [] };
  return { state: { ...state, others: new Map(state.others).set(id, { ...member, ...change }) }, events: [event(id)] };
}

/** Pins have a message of their own that names who pinned; only a taken-over state is compared for them. */
function changes(before: Member, after: Member, pinsToo: boolean): RoomEvent[] {
  const events: RoomEvent[] = [];
  const { id } = after;
  if (before.mode !== after.mode) events.push({ type: 'mode', id, mode: after.mode });
  for (const kind of kKinds) {
    const old = before.streams.get(kind);
    const now = after.streams.get(kind);
    if (!old !== !now) events.push({ type: 'media', id, kind, on: !!now });
    if (now && (old?.paused ?? false) !== now.paused) {
      events.push({ type: 'publisher-paused', id, kind, paused: now.paused });
    }
  }
  if (pinsToo && (before.pin.cam !== after.pin.cam || before.pin.share !== after.pin.share)) {
    events.push({ type: 'pin', id, state: after.pin, by: '' });
  }
  if (before.connectionQuality !== after.connectionQuality) {
    events.push({ type: 'connection', id, quality: after.connectionQuality });
  }
  if (before.reconnecting !== after.reconnecting) {
    events.push({ type: 'reconnecting', id, reconnecting: after.reconnecting });
  }
  return events;
}

function sameMap(left: ReadonlyMap<number, string>, right: ReadonlyMap<number, string>): boolean {
  return left.size === right.size && [...left].every(([key, value]) => right.get(key) === value);
}
