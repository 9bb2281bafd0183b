import type { Egress } from '@parley/react-sdk';
import { describe, expect, test } from 'vitest';
import { announcementOf, livePhase, marksOf, newTroubles, phaseOf, runningTime } from './broadcast.js';

const egress = (status: string, more: Partial<Egress> = {}): Egress => ({
  ...{ id: status, kind: status.startsWith('REC') ? 'recording' : status.startsWith('HLS') ? 'hls' : 'livestream' },
  ...{ status: status as Egress['status'], paused: false, startedAt: undefined, error: undefined, outputs: [], playbackHlsUrl: '', livestreamUrl: '', config: {} },
  ...more,
} as Egress);
const words = (...list: Egress[]) => marksOf(list).map(({ text, active }) => `${text}${active ? '!' : ''}`);

test('statuses are phases', () => {
  expect(['RECORDING_STARTING', 'LIVESTREAM_STARTED', 'HLS_PLAYABLE', 'HLS_STOPPING', 'RECORDING_STOPPED', 'RECORDING_FAILED'].map((s) => phaseOf(s as never))).toEqual(['starting', 'running', 'running', 'stopping', 'idle', 'failed']);
  expect(phaseOf('RECORDING_STARTED', true)).toBe('paused');
  expect(livePhase('idle', 'running')).toBe('running');
  expect(livePhase('failed', 'idle')).toBe('failed');
});

describe('marks', () => {
  test('say what happens now', () => {
    expect(words()).toEqual([]);
    expect(words(egress('RECORDING_STARTING'))).toEqual(['Recording is starting …']);
    expect(words(egress('RECORDING_STARTED'), egress('LIVESTREAM_STARTED'))).toEqual(['Recording!', 'Live!']);
    expect(words(egress('RECORDING_STARTED', { paused: true }))).toEqual(['Recording paused']);
    expect(words(egress('HLS_PLAYABLE'))).toEqual(['Live!']);
    expect(words(egress('RECORDING_STOPPING'), egress('HLS_STOPPING'))).toEqual(['Saving the recording …', 'Ending the livestream …']);
  });
  test('tell since when, while it runs', () => {
    const since = (...list: Egress[]) => marksOf(list).map((mark) => mark.since);
    expect(since(egress('RECORDING_STARTED', { startedAt: 7 }), egress('RECORDING_STARTED', { startedAt: 5 }))).toEqual([5]);
    expect(since(egress('RECORDING_STARTED', { startedAt: 7, paused: true }), egress('LIVESTREAM_STARTING'))).toEqual([undefined, undefined]);
    expect([-3, 999, 65_000, 3_600_000, 36_061_000].map(runningTime)).toEqual(['0:00', '0:00', '1:05', '1:00:00', '10:01:01']);
  });
  test('of several, the one that takes pictures counts', () => {
    expect(words(egress('RECORDING_STARTED'), egress('RECORDING_STOPPING'), egress('RECORDING_STARTED', { paused: true }))).toEqual(['Recording!']);
    expect(words(egress('LIVESTREAM_STOPPING'), egress('HLS_STARTED'))).toEqual(['Live!']);
  });
});

test('a screen reader hears of beginnings, pauses and ends, and of each once', () => {
  const steps = [
    [],
    [egress('RECORDING_STARTING')],
    [egress('RECORDING_STARTED')],
    [egress('RECORDING_STARTED'), egress('LIVESTREAM_STARTED')],
    [egress('RECORDING_STARTED', { paused: true }), egress('LIVESTREAM_STARTED')],
    [egress('RECORDING_STARTED'), egress('LIVESTREAM_STARTED')],
    [egress('RECORDING_STOPPING'), egress('LIVESTREAM_STARTED')],
    [egress('LIVESTREAM_STARTED')],
    [],
  ].map(marksOf);
  expect(steps.slice(1).map((now, i) => announcementOf(steps[i]!, now))).toEqual([
    '',
    'This meeting is being recorded.',
    'This meeting is live.',
    'The recording is paused.',
    'This meeting is being recorded.',
    'The recording has ended.',
    '',
    'This meeting is no longer live.',
  ]);
});

test('an output’s trouble is told when it begins, not while it lasts', () => {
  const at = (state: string, message = '') => egress('LIVESTREAM_STARTED', { outputs: [{ id: 'o', url: 'rtmp://live.twitch.tv/app', state, message } as never] });
  expect(newTroubles(undefined, at('connecting'))).toEqual([]);
  expect(newTroubles(at('connecting'), at('retrying', 'refused'))).toEqual([]);
  expect(newTroubles(at('live'), at('retrying', 'refused'))).toEqual(['Twitch: connection lost, trying again (refused)']);
  expect(newTroubles(at('retrying'), at('retrying'))).toEqual([]);
  expect(newTroubles(at('retrying'), at('failed', 'bad key'))).toEqual(['Twitch: the livestream failed (bad key)']);
});
