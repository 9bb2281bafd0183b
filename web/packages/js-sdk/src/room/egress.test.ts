import { EgressKind, EgressStateSchema, RoomStateSchema, ServerMessageSchema, create } from '@parley/wire';
import type { MessageInitShape, ServerBody } from '@parley/wire';
import { describe, expect, it } from 'vitest';
import { hlsUrlsOf, kNoEgress, latest, stateOf, takeOverEgresses, withEgress } from './egress.js';
import type { EgressBook } from './egress.js';
import { reduce, takeOver } from './reduce.js';
import { initialRoom } from './state.js';

type Init = MessageInitShape<typeof EgressStateSchema>;
const state = (init: Init) => create(EgressStateSchema, init);
const told = (book: EgressBook, init: Init) => withEgress(book, state(init));
const recording = (status: string, more: Init = {}) => ({ egressId: 'r', status: `RECORDING_${status}`, ...more });

function after(...inits: Init[]): EgressBook {
  return inits.reduce<EgressBook>((book, init) => told(book, init).book, kNoEgress);
}

describe('one recording', () => {
  it('is at rest, runs, and is at rest again; every new status is told once', () => {
    let book = kNoEgress;
    const statuses: string[] = [];
    for (const name of ['STARTING', 'STARTED', 'STARTED', 'STOPPING', 'STOPPED', 'STOPPED']) {
      const step = told(book, recording(name));
      book = step.book;
      statuses.push(...step.events.map(({ egress, status }) => `${egress.status} ${status}`));
    }
    expect(statuses).toEqual([
      'RECORDING_STARTING true',
      'RECORDING_STARTED true',
      'RECORDING_STOPPING true',
      'RECORDING_STOPPED true',
    ]);
    expect(book.running.size).toBe(0);
    expect(stateOf(book, 'recording')).toBe('RECORDING_STOPPED');
  });

  it('that was paused, or changed, keeps its status', () => {
    const step = told(after(recording('STARTED')), recording('STARTED', { paused: true, startedAtMs: 5n }));
    expect(step.events).toMatchObject([{ status: false, egress: { paused: true, startedAt: 5 } }]);
    const restyled = told(
      step.book,
      recording('STARTED', { paused: true, startedAtMs: 5n, configJson: '{"theme":"DARK"}' }),
    );
    expect(restyled.events).toMatchObject([{ status: false, egress: { config: { theme: 'DARK' } } }]);
  });

  it('that failed says why, and the kind stays failed until something new starts', () => {
    const step = told(
      after(recording('STARTED')),
      recording('FAILED', { error: { code: 5001, message: 'disk full' } }),
    );
    expect(step.events[0]?.egress.error).toEqual({ code: 5001, message: 'disk full' });
    expect(stateOf(step.book, 'recording')).toBe('RECORDING_FAILED');
    const again = told(step.book, recording('STARTING', { egressId: 'r2' })).book;
    expect(stateOf(again, 'recording')).toBe('RECORDING_STARTING');
  });

  it('whose end comes before it was heard of is nothing', () => {
    expect(told(kNoEgress, recording('STOPPED'))).toEqual({ book: kNoEgress, events: [] });
  });
});

describe('several', () => {
  it('of one kind: the latest that runs counts', () => {
    const two = after(recording('STARTED'), recording('STARTING', { egressId: 'r2' }));
    expect(stateOf(two, 'recording')).toBe('RECORDING_STARTING');
    const one = told(two, recording('FAILED', { egressId: 'r2' })).book;
    expect(stateOf(one, 'recording')).toBe('RECORDING_STARTED');
    expect(latest(one, 'recording')?.id).toBe('r');
  });

  it('kinds are apart', () => {
    const book = after(recording('STARTED'), { egressId: 'h', kind: EgressKind.HLS, status: 'HLS_PLAYABLE' });
    expect([stateOf(book, 'recording'), stateOf(book, 'livestream'), stateOf(book, 'hls')]).toEqual([
      'RECORDING_STARTED',
      'LIVESTREAM_STOPPED',
      'HLS_PLAYABLE',
    ]);
  });
});

describe('what comes with it', () => {
  it('outputs have their states; a word of a later server is not invented', () => {
    const outputs = [
      { id: 'a', url: 'rtmp://a/x', state: 'retrying', message: 'refused' },
      { id: 'b', url: 'rtmp://b/x', state: 'levitating' },
    ];
    const live = { egressId: 'l', kind: EgressKind.LIVESTREAM, status: 'LIVESTREAM_STARTED', outputs };
    expect(latest(after(live), 'livestream')?.outputs).toEqual([
      { id: 'a', url: 'rtmp://a/x', state: 'retrying', message: 'refused' },
      { id: 'b', url: 'rtmp://b/x', state: 'connecting', message: '' },
    ]);
  });

  it('HLS has its URLs, the old name too, once they are known', () => {
    const hls = { egressId: 'h', kind: EgressKind.HLS, status: 'HLS_STARTED' };
    expect(hlsUrlsOf(latest(after(hls), 'hls'))).toEqual({});
    const playable = after({ ...hls, playbackHlsUrl: 'https://m/index.m3u8', livestreamUrl: 'https://m/live.m3u8' });
    expect(hlsUrlsOf(latest(playable, 'hls'))).toEqual({
      playbackHlsUrl: 'https://m/index.m3u8',
      livestreamUrl: 'https://m/live.m3u8',
      downstreamUrl: 'https://m/index.m3u8',
    });
  });

  it('a configuration that is no JSON object is none', () => {
    expect(latest(after(recording('STARTED', { configJson: '[1' })), 'recording')?.config).toEqual({});
  });
});

describe('a whole state', () => {
  it('is told as the differences: new ones, changed ones, and the end of those that are gone', () => {
    const before = after(recording('STARTED', { paused: true }), {
      egressId: 'h',
      kind: EgressKind.HLS,
      status: 'HLS_STARTED',
    });
    const list = [
      { egressId: 'h', kind: EgressKind.HLS, status: 'HLS_PLAYABLE' },
      { egressId: 'l', kind: EgressKind.LIVESTREAM, status: 'LIVESTREAM_STARTED' },
    ].map(state);
    const step = takeOverEgresses(before, list);
    expect(step.events.map(({ egress }) => `${egress.id} ${egress.status} ${egress.paused}`)).toEqual([
      'r RECORDING_STOPPED false',
      'h HLS_PLAYABLE false',
      'l LIVESTREAM_STARTED false',
    ]);
    expect([...step.book.running.keys()]).toEqual(['h', 'l']);
    expect(takeOverEgresses(step.book, list).events).toEqual([]);
  });
});

describe('in the room', () => {
  const room = initialRoom('me', 'Me', {}, 'SEND_AND_RECV');
  const body = (init: NonNullable<MessageInitShape<typeof ServerMessageSchema>['body']>): ServerBody =>
    create(ServerMessageSchema, { body: init }).body;

  it('the reply to a start does not undo what was told meanwhile', () => {
    const started = reduce(room, body({ case: 'egressChanged', value: recording('STARTED') }));
    const reply = body({ case: 'egressStarted', value: { state: recording('STARTING') } });
    expect(reduce(started.state, reply)).toEqual({ state: started.state, events: [] });
    expect(stateOf(reduce(room, reply).state.egress, 'recording')).toBe('RECORDING_STARTING');
    expect(reduce(room, body({ case: 'egressStarted', value: {} }))).toEqual({ state: room, events: [] });
  });

  it('who comes late finds what runs', () => {
    const { state: joined, events } = takeOver(room, create(RoomStateSchema, { egresses: [recording('STARTED')] }), []);
    expect(stateOf(joined.egress, 'recording')).toBe('RECORDING_STARTED');
    expect(events.map(({ type }) => type)).toEqual(['egress']);
  });
});
