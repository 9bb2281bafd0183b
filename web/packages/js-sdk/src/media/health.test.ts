import { describe, expect, it } from 'vitest';
import { HealthJudge } from './health.js';
import type { Entry, Report } from './stats.js';

const inbound = (id: string, packetsReceived: number, framesDecoded?: number): Entry => ({
  id,
  type: 'inbound-rtp',
  timestamp: 0,
  trackIdentifier: id,
  packetsReceived,
  kind: framesDecoded === undefined ? 'audio' : 'video',
  framesDecoded,
});
const sending = (qualityLimitationReason: string): Entry => ({
  id: 'o',
  type: 'outbound-rtp',
  timestamp: 0,
  qualityLimitationReason,
});
const report = (...entries: Entry[]): Report => new Map(entries.map((entry) => [entry.id, entry]));

/** States that are told, look by look. */
function states(...looks: [packets: number, frames?: number][]) {
  const judge = new HealthJudge();
  return looks.map(([packets, frames]) =>
    judge.look(report(inbound('t', packets, frames)), new Set(['t'])).streams.get('t'),
  );
}

describe('a stream', () => {
  it('that flows says nothing', () => {
    expect(states([1, 1], [2, 2], [9, 3])).toEqual([undefined, undefined, undefined]);
    expect(states([1], [2], [9])).toEqual([undefined, undefined, undefined]);
  });
  it('without packets is stuck after two looks, and active when they come again', () => {
    expect(states([5, 5], [5, 5], [5, 5], [5, 5], [6, 6])).toEqual([
      undefined,
      undefined,
      'stuck',
      undefined,
      'active',
    ]);
    expect(states([5], [5], [5], [6])).toEqual([undefined, undefined, 'stuck', 'active']);
  });
  it('whose packets make no picture is frozen until they do', () => {
    expect(states([1, 1], [2, 1], [3, 1], [4, 1], [5, 2], [6, 3])).toEqual([
      undefined,
      undefined,
      'freeze-detected',
      undefined,
      'freeze-resolved',
      undefined,
    ]);
  });
  it('that was stuck and comes back without a picture is active first', () => {
    expect(states([1, 1], [1, 1], [1, 1], [2, 2], [3, 2])).toEqual([
      undefined,
      undefined,
      'stuck',
      'active',
      undefined,
    ]);
  });
  it('that should not flow is not judged, and starts anew', () => {
    const judge = new HealthJudge();
    for (let i = 0; i < 5; i++) expect(judge.look(report(inbound('t', 1)), new Set()).streams.size).toBe(0);
    judge.look(report(inbound('t', 1)), new Set(['t']));
    judge.look(report(inbound('t', 1)), new Set());
    judge.look(report(inbound('t', 1)), new Set(['t']));
    expect(judge.look(report(inbound('t', 1)), new Set(['t'])).streams.size).toBe(0);
  });
});

describe('a limitation', () => {
  it('is told when it lasts, and when it is over', () => {
    const judge = new HealthJudge();
    const look = (reason: string) =>
      judge.look(report(sending(reason)), new Set()).limitations.map(({ type, state }) => `${type} ${state}`);
    expect(['none', 'cpu', 'none', 'cpu', 'cpu', 'cpu', 'bandwidth', 'bandwidth', 'none'].map(look)).toEqual([
      [],
      [],
      [],
      [],
      ['cpu detected'],
      [],
      ['cpu resolved'],
      ['bandwidth detected'],
      ['bandwidth resolved'],
    ]);
  });
});
