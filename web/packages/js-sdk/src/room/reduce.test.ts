import { ParticipantInfoSchema, RoomStateSchema, ServerMessageSchema, Source, create } from '@parley/wire';
import type { MessageInitShape, ServerBody } from '@parley/wire';
import { describe, expect, it } from 'vitest';
import { memberOf, parseObject, sourceOf, kindOf } from './convert.js';
import { reduce, takeOver } from './reduce.js';
import { initialRoom, kKinds } from './state.js';
import type { RoomState } from './state.js';

type Info = MessageInitShape<typeof ParticipantInfoSchema>;
const kEmpty = initialRoom('me', 'Me', {}, 'SEND_AND_RECV');

function body(init: NonNullable<MessageInitShape<typeof ServerMessageSchema>['body']>): ServerBody {
  return create(ServerMessageSchema, { body: init }).body;
}
function joined(state: RoomState, ...people: Info[]): RoomState {
  return people.reduce<RoomState>(
    (room, participant) => reduce(room, body({ case: 'participantJoined', value: { participant } })).state,
    state,
  );
}
const updated = (participant: Info) => body({ case: 'participantUpdated', value: { participant } });

describe('people', () => {
  it('come in order, with what they publish', () => {
    const state = joined(
      kEmpty,
      { participantId: 'b', displayName: 'Ben', metaDataJson: '{"a":1}' },
      { participantId: 'a' },
    );
    expect([...state.others.keys()]).toEqual(['b', 'a']);
    expect(state.others.get('b')).toMatchObject({ displayName: 'Ben', metaData: { a: 1 }, mode: 'SEND_AND_RECV' });
  });

  it('go with their seats and a reason', () => {
    let state = joined(kEmpty, { participantId: 'a' });
    state = reduce(state, body({ case: 'seatsChanged', value: { seats: [{ seat: 1, participantId: 'a' }] } })).state;
    const step = reduce(
      state,
      body({ case: 'participantLeft', value: { participantId: 'a', reason: { code: 1001 } } }),
    );
    expect(step.state.others.size + step.state.seats.size).toBe(0);
    expect(step.events).toMatchObject([{ type: 'seats' }, { type: 'left', code: 1001, member: { id: 'a' } }]);
    expect(reduce(step.state, body({ case: 'participantLeft', value: { participantId: 'a' } })).events).toEqual([]);
  });

  it('change: each difference is one event', () => {
    const state = joined(kEmpty, { participantId: 'a', streams: [{ source: Source.AUDIO }, { source: Source.VIDEO }] });
    const step = reduce(
      state,
      updated({
        participantId: 'a',
        mode: 1,
        streams: [{ source: Source.VIDEO, paused: true }, { source: Source.SHARE }],
        reconnecting: true,
        quality: 2,
      }),
    );
    expect(step.events).toEqual([
      { type: 'mode', id: 'a', mode: 'RECV_ONLY' },
      { type: 'media', id: 'a', kind: 'audio', on: false },
      { type: 'publisher-paused', id: 'a', kind: 'video', paused: true },
      { type: 'media', id: 'a', kind: 'share', on: true },
      { type: 'connection', id: 'a', quality: 2 },
      { type: 'reconnecting', id: 'a', reconnecting: true },
    ]);
    expect(
      reduce(
        step.state,
        updated({
          ...{ participantId: 'a', mode: 1, quality: 2, reconnecting: true },
          streams: [{ source: Source.VIDEO, paused: true }, { source: Source.SHARE }],
        }),
      ).events,
    ).toEqual([]);
  });

  it('the client itself is updated apart from the others', () => {
    const step = reduce(kEmpty, updated({ participantId: 'me', mode: 1 }));
    expect(step.state.self.mode).toBe('RECV_ONLY');
    expect(step.state.others.size).toBe(0);
    expect(step.events).toEqual([{ type: 'mode', id: 'me', mode: 'RECV_ONLY' }]);
  });
});

describe('pins', () => {
  const pinned = body({ case: 'pinStateChanged', value: { participantId: 'a', state: { cam: true }, pinnedBy: 'b' } });

  it('are told once, by the message that says who pinned', () => {
    const state = joined(kEmpty, { participantId: 'a' });
    const first = reduce(state, updated({ participantId: 'a', pin: { cam: true } }));
    expect(first.events).toEqual([]);
    expect(reduce(first.state, pinned).events).toEqual([
      { type: 'pin', id: 'a', state: { cam: true, share: false }, by: 'b' },
    ]);
  });

  it('of the client itself and of nobody', () => {
    const own = reduce(
      kEmpty,
      body({ case: 'pinStateChanged', value: { participantId: 'me', state: { share: true } } }),
    );
    expect(own.state.self.pin).toEqual({ cam: false, share: true });
    expect(reduce(kEmpty, pinned)).toEqual({ state: kEmpty, events: [] });
  });
});

describe('focus', () => {
  it('the main participant comes with those who leave and with pins', () => {
    const state = joined(kEmpty, { participantId: 'a' }, { participantId: 'b' });
    const pin = { participantId: 'a', state: { cam: true }, mainParticipantId: 'a' };
    const pinned = reduce(state, body({ case: 'pinStateChanged', value: pin }));
    expect(pinned.events.map(({ type }) => type)).toEqual(['pin', 'main']);
    const left = reduce(
      pinned.state,
      body({ case: 'participantLeft', value: { participantId: 'a', mainParticipantId: 'b' } }),
    );
    expect(left.events.map(({ type }) => type)).toEqual(['left', 'main']);
    expect(left.state.main).toBe('b');
  });

  it('silence and no presenter are null, and only changes are told', () => {
    const speaks = body({ case: 'speakerChanged', value: { participantId: 'a', mainParticipantId: 'a' } });
    const step = reduce(kEmpty, speaks);
    expect(step.events).toEqual([
      { type: 'speaker', id: 'a' },
      { type: 'main', id: 'a' },
    ]);
    expect(reduce(step.state, speaks).events).toEqual([]);
    const silent = reduce(step.state, body({ case: 'speakerChanged', value: { mainParticipantId: 'a' } }));
    expect(silent.events).toEqual([{ type: 'speaker', id: null }]);
    const presents = reduce(
      silent.state,
      body({ case: 'presenterChanged', value: { participantId: 'b', mainParticipantId: 'b' } }),
    );
    expect(presents.events).toEqual([
      { type: 'presenter', id: 'b' },
      { type: 'main', id: 'b' },
    ]);
  });
});

describe('seats', () => {
  it('are set one by one; others stay', () => {
    const one = reduce(
      kEmpty,
      body({
        case: 'seatsChanged',
        value: {
          seats: [
            { seat: 1, participantId: 'a' },
            { seat: 2, participantId: 'b' },
          ],
        },
      }),
    );
    const two = reduce(
      one.state,
      body({ case: 'negotiated', value: { seats: [{ seat: 1 }, { seat: 3, participantId: 'a' }] } }),
    );
    expect([...two.state.seats]).toEqual([
      [2, 'b'],
      [3, 'a'],
    ]);
    expect(
      reduce(two.state, body({ case: 'seatsChanged', value: { seats: [{ seat: 2, participantId: 'b' }] } })).events,
    ).toEqual([]);
  });
});

describe('a whole state', () => {
  const room = (init: MessageInitShape<typeof RoomStateSchema>) => create(RoomStateSchema, init);
  const seats = (...list: [number, string][]) =>
    create(ServerMessageSchema, {
      body: { case: 'seatsChanged', value: { seats: list.map(([seat, participantId]) => ({ seat, participantId })) } },
    }).body.value as unknown as { seats: Parameters<typeof takeOver>[2] };

  it('is told as the differences to the state before', () => {
    const before = joined(
      kEmpty,
      { participantId: 'gone' },
      { participantId: 'stays', streams: [{ source: Source.AUDIO }] },
    );
    const step = takeOver(
      before,
      room({
        participants: [{ participantId: 'stays', pin: { cam: true } }, { participantId: 'new' }],
        activeSpeakerId: 'new',
      }),
      seats([1, 'stays'], [2, 'new']).seats,
    );
    expect(step.events.map((event) => event.type)).toEqual(['left', 'media', 'pin', 'joined', 'seats', 'speaker']);
    expect([...step.state.others.keys()]).toEqual(['stays', 'new']);
    expect([...step.state.seats]).toEqual([
      [1, 'stays'],
      [2, 'new'],
    ]);
  });

  it('that is the same says nothing, and seats that are not in it are empty', () => {
    const first = takeOver(kEmpty, room({ participants: [{ participantId: 'a' }] }), seats([1, 'a']).seats);
    expect(
      takeOver(first.state, room({ participants: [{ participantId: 'a' }] }), seats([1, 'a']).seats).events,
    ).toEqual([]);
    const without = takeOver(first.state, room({ participants: [{ participantId: 'a' }] }), []);
    expect(without.state.seats.size).toBe(0);
    expect(without.events).toEqual([{ type: 'seats' }]);
  });
});

describe('words', () => {
  it('sources and kinds are one to one', () => {
    expect(kKinds.map((kind) => kindOf(sourceOf(kind)))).toEqual(kKinds);
  });
  it('only JSON objects are objects', () => {
    expect(['', '{', '[1]', 'null', '3', '{"a":[1]}'].map(parseObject)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      { a: [1] },
    ]);
    expect(memberOf(create(ParticipantInfoSchema, { metaDataJson: 'no' })).metaData).toEqual({});
  });
  it('messages about other things change nothing', () => {
    expect(reduce(kEmpty, body({ case: 'ok', value: {} }))).toEqual({ state: kEmpty, events: [] });
    expect(reduce(kEmpty, body({ case: 'participantJoined', value: {} }))).toEqual({ state: kEmpty, events: [] });
  });
});
