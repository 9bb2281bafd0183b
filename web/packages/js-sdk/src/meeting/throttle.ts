import type { SubscribeOptions } from '../api/pubsub.js';
import type { Clock } from '../browser/adapter.js';

/** The interface's own figures. */
export const kWindowMs = 500;
export const kDefaultQueue = 70;
export const kMaxQueue = 200;

/** Passes on at most `newMessageLimit` items in 500 ms; the rest waits in a queue of limited length or is dropped, oldest first. */
export class Throttle<Item> {
  private readonly limit_: number;
  private readonly maxQueue_: number;
  private queue_: Item[] = [];
  private passed_ = 0;
  private cancelWindow_: (() => void) | undefined;

  constructor(
    private readonly clock_: Clock,
    options: SubscribeOptions,
    private readonly deliver_: (batch: Item[]) => void,
    private readonly onDrop_: (count: number) => void,
  ) {
    this.limit_ = options.newMessageLimit && options.newMessageLimit > 0 ? options.newMessageLimit : Infinity;
    const wanted = Math.max(0, Math.min(options.maxQueue ?? kDefaultQueue, kMaxQueue));
    this.maxQueue_ = options.realtimeOverflow === 'drop' ? 0 : wanted;
  }

  push(items: readonly Item[]): void {
    if (this.limit_ === Infinity) return this.deliver_([...items]);
    this.queue_.push(...items);
    this.release();
    const excess = this.queue_.length - this.maxQueue_;
    if (excess > 0) {
      this.queue_.splice(0, excess);
      this.onDrop_(excess);
    }
  }

  close(): void {
    this.cancelWindow_?.();
    this.queue_ = [];
  }

  private release(): void {
    const batch = this.queue_.splice(0, this.limit_ - this.passed_);
    if (batch.length === 0) return;
    this.passed_ += batch.length;
    this.cancelWindow_ ??= this.clock_.after(kWindowMs, () => {
      this.cancelWindow_ = undefined;
      this.passed_ = 0;
      this.release();
    });
    this.deliver_(batch);
  }
}
