import type { MaxQuality, StreamKind } from '../api/values.js';
import type { Clock } from '../browser/adapter.js';

/** What this client wants of one remote stream. */
export interface Wish {
  readonly quality: MaxQuality;
  /** Physical pixels, 0 not known. */
  readonly width: number;
  readonly height: number;
  readonly paused: boolean;
}

interface Entry {
  quality: MaxQuality;
  width: number;
  height: number;
  /** By `stream.pause()` or because it is not consumed. */
  paused: boolean;
  /** Since when no element that shows it can be seen. */
  hiddenSince: number | undefined;
  /** What the server knows. */
  sent: Wish;
}

/** Layout changes come in bursts of animation frames; the server allows 100 messages a second. */
export const kCoalesceMs = 100;
/** A tile that scrolls out for a moment is not worth a key frame. */
export const kHideAfterMs = 1500;

const kDefault: Wish = { quality: 'auto', width: 0, height: 0, paused: false };

/**
 * The wishes for all remote streams, by participant and kind: collects changes for a moment, then sends what differs from what
 * the server knows. They outlive the streams, so that a camera that comes back is received as it was.
 */
export class ReceiveWishes {
  private readonly entries_ = new Map<string, Map<StreamKind, Entry>>();
  private cancelFlush_: (() => void) | undefined;
  private flushAt_ = 0;

  constructor(
    private readonly clock_: Clock,
    private readonly send_: (participantId: string, kind: StreamKind, wish: Wish) => void,
  ) {}

  setQuality(id: string, kind: StreamKind, quality: MaxQuality): void {
    this.change(id, kind, { quality });
  }

  /** A seen stream is asked for soon, an unseen one given up only after a while. */
  setView(id: string, kind: StreamKind, view: { width: number; height: number; visible: boolean }): void {
    if (view.visible) {
      this.change(id, kind, { width: view.width, height: view.height, hiddenSince: undefined });
    } else {
      const { hiddenSince } = this.entry(id, kind);
      this.change(id, kind, { hiddenSince: hiddenSince ?? this.clock_.now() }, kHideAfterMs);
    }
  }

  /** Takes effect at once. */
  setPaused(id: string, kind: StreamKind, paused: boolean): void {
    this.change(id, kind, { paused }, 0);
  }

  isPaused(id: string, kind: StreamKind): boolean {
    return this.entries_.get(id)?.get(kind)?.paused ?? false;
  }

  /** The server was asked not to send it. */
  isSentPaused(id: string, kind: StreamKind): boolean {
    return this.entries_.get(id)?.get(kind)?.sent.paused ?? false;
  }

  quality(id: string, kind: StreamKind): MaxQuality {
    return this.entries_.get(id)?.get(kind)?.quality ?? 'auto';
  }

  forget(id: string): void {
    this.entries_.delete(id);
  }

  /** Says everything again: after a new join, or when a message may have been lost. */
  resendAll(): void {
    this.flush(true);
  }

  close(): void {
    this.cancelFlush_?.();
    this.cancelFlush_ = undefined;
  }

  private entry(id: string, kind: StreamKind): Entry {
    const kinds = this.entries_.get(id) ?? new Map<StreamKind, Entry>();
    this.entries_.set(id, kinds);
    const entry = kinds.get(kind) ?? { ...kDefault, hiddenSince: undefined, sent: kDefault };
    kinds.set(kind, entry);
    return entry;
  }

  private change(id: string, kind: StreamKind, change: Partial<Entry>, delayMs = kCoalesceMs): void {
    Object.assign(this.entry(id, kind), change);
    if (delayMs === 0) this.flush();
    else this.flushIn(delayMs);
  }

  /** Earlier if that is planned already. */
  private flushIn(delayMs: number): void {
    const at = this.clock_.now() + delayMs;
    if (this.cancelFlush_ && this.flushAt_ <= at) return;
    this.cancelFlush_?.();
    this.flushAt_ = at;
    this.cancelFlush_ = this.clock_.after(delayMs, () => this.flush());
  }

  private flush(everything = false): void {
    this.close();
    const now = this.clock_.now();
    let nextHiding = Infinity;
    for (const [id, kinds] of this.entries_) {
      for (const [kind, entry] of kinds) {
        const hideIn = entry.hiddenSince === undefined ? Infinity : entry.hiddenSince + kHideAfterMs - now;
        if (hideIn > 0) nextHiding = Math.min(nextHiding, hideIn);
        const { quality, width, height } = entry;
        const wish: Wish = { quality, width, height, paused: entry.paused || hideIn <= 0 };
        if (!everything && same(entry.sent, wish)) continue;
        entry.sent = wish;
        this.send_(id, kind, wish);
      }
    }
    if (nextHiding < Infinity) this.flushIn(nextHiding);
  }
}

function same(left: Wish, right: Wish): boolean {
  return (
    left.quality === right.quality &&
    left.width === right.width &&
    left.height === right.height &&
    left.paused === right.paused
  );
}
