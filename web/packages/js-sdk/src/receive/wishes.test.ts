import { beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../testing/fake_clock.js';
import { ViewportLedger } from './viewport.js';
import { ReceiveWishes, kCoalesceMs, kHideAfterMs } from './wishes.js';

let clock: FakeClock;
let sent: string[];
let wishes: ReceiveWishes;

beforeEach(() => {
  clock = new FakeClock();
  sent = [];
  wishes = new ReceiveWishes(clock, (id, kind, { quality, width, height, paused }) => {
    sent.push(`${id} ${kind} ${quality} ${width}x${height}${paused ? ' paused' : ''}`);
  });
});

const visible = (width: number, height: number) => ({ width, height, visible: true });
const kHidden = { width: 0, height: 0, visible: false };

describe('wishes', () => {
  it('of one moment are sent together, the last one of each stream', async () => {
    wishes.setView('a', 'video', visible(100, 50));
    wishes.setView('a', 'video', visible(200, 100));
    wishes.setQuality('b', 'share', 'low');
    expect(sent).toEqual([]);
    await clock.advance(kCoalesceMs);
    expect(sent).toEqual(['a video auto 200x100', 'b share low 0x0']);
  });

  it('that change nothing are not sent', async () => {
    wishes.setQuality('a', 'video', 'auto');
    wishes.setView('b', 'video', visible(10, 10));
    await clock.advance(kCoalesceMs);
    wishes.setView('b', 'video', visible(10, 10));
    await clock.advance(kCoalesceMs);
    expect(sent).toEqual(['b video auto 10x10']);
  });

  it('to pause go out at once', () => {
    wishes.setPaused('a', 'audio', true);
    wishes.setPaused('a', 'audio', false);
    expect(sent).toEqual(['a audio auto 0x0 paused', 'a audio auto 0x0']);
    expect(wishes.isPaused('a', 'audio')).toBe(false);
  });

  it('an unseen stream is given up after a while, with the size it had', async () => {
    wishes.setView('a', 'video', visible(100, 50));
    await clock.advance(kCoalesceMs);
    wishes.setView('a', 'video', kHidden);
    await clock.advance(kHideAfterMs - 1);
    expect(sent).toHaveLength(1);
    await clock.advance(1);
    expect(sent.at(-1)).toBe('a video auto 100x50 paused');
    wishes.setView('a', 'video', visible(100, 50));
    await clock.advance(kCoalesceMs);
    expect(sent.at(-1)).toBe('a video auto 100x50');
  });

  it('a stream that is out of sight for a moment is kept, also if other wishes are sent meanwhile', async () => {
    wishes.setView('a', 'video', visible(100, 50));
    await clock.advance(kCoalesceMs);
    wishes.setView('a', 'video', kHidden);
    wishes.setQuality('b', 'video', 'low');
    wishes.setPaused('b', 'video', true);
    await clock.advance(1000);
    wishes.setView('a', 'video', visible(100, 50));
    await clock.advance(5000);
    expect(sent.filter((line) => line.startsWith('a'))).toEqual(['a video auto 100x50']);
  });

  it('hiding that waits behind an earlier flush still happens', async () => {
    wishes.setQuality('b', 'video', 'low');
    wishes.setView('a', 'video', kHidden);
    await clock.advance(kHideAfterMs);
    expect(sent).toEqual(['b video low 0x0', 'a video auto 0x0 paused']);
  });

  it('are said again on demand, and not about those who left', async () => {
    wishes.setQuality('a', 'video', 'low');
    wishes.setQuality('b', 'video', 'med');
    await clock.advance(kCoalesceMs);
    wishes.forget('a');
    sent.length = 0;
    wishes.resendAll();
    expect(sent).toEqual(['b video med 0x0']);
    expect(wishes.quality('b', 'video')).toBe('med');
    expect(wishes.quality('a', 'video')).toBe('auto');
  });

  it('leave no timer behind', () => {
    wishes.setQuality('a', 'video', 'low');
    wishes.close();
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('elements of one stream', () => {
  it('count together: the largest that can be seen', () => {
    const ledger = new ViewportLedger();
    const [tile, main] = [{}, {}];
    expect(ledger.combined()).toBeUndefined();
    expect(ledger.set(tile, visible(160, 90))).toBe(true);
    expect(ledger.set(main, visible(640, 360))).toBe(true);
    expect(ledger.combined()).toEqual(visible(640, 360));
    expect(ledger.set(tile, visible(100, 60))).toBe(false);
    expect(ledger.set(main, { width: 640, height: 360, visible: false })).toBe(true);
    expect(ledger.combined()).toEqual(visible(100, 60));
    ledger.set(tile, { width: 100, height: 60, visible: false });
    expect(ledger.combined()).toEqual(kHidden);
    ledger.remove(tile);
    expect(ledger.remove(main)).toBe(true);
    expect(ledger.combined()).toBeUndefined();
  });
});
