import type { Clock } from '../browser/adapter.js';

interface Timer {
  at: number;
  action: () => void;
}

const { setImmediate } = globalThis as unknown as { setImmediate: (action: () => void) => void };

/** Lets all promises that can go on do so. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Time that passes only when a test says so. */
export class FakeClock implements Clock {
  private now_ = 1000;
  private timers_: Timer[] = [];

  now(): number {
    return this.now_;
  }

  after(milliseconds: number, action: () => void): () => void {
    const timer = { at: this.now_ + Math.max(0, milliseconds), action };
    this.timers_.push(timer);
    return () => {
      this.timers_ = this.timers_.filter((candidate) => candidate !== timer);
    };
  }

  /** Runs what is due on the way, in order, with promises settled in between. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.now_ + milliseconds;
    await settle();
    for (;;) {
      const next = this.timers_.reduce<Timer | undefined>(
        (best, timer) => (!best || timer.at < best.at ? timer : best),
        undefined,
      );
      if (!next || next.at > end) break;
      this.timers_ = this.timers_.filter((timer) => timer !== next);
      this.now_ = Math.max(this.now_, next.at);
      next.action();
      await settle();
    }
    this.now_ = end;
  }

  get pendingTimers(): number {
    return this.timers_.length;
  }
}
