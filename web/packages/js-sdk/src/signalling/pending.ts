import type { ServerMessage } from '@parley/wire';
import type { Clock } from '../browser/adapter.js';
import { ErrorCode, ParleyError } from '../errors.js';

/** A person cannot have so many requests under way; a loop in a page can. */
export const kMaxPending = 256;

interface Entry {
  resolve(message: ServerMessage): void;
  reject(error: ParleyError): void;
  cancel(): void;
}

/** Requests that wait for their reply. */
export class PendingRequests {
  private readonly entries_ = new Map<number, Entry>();
  private lastId_ = 0;

  constructor(private readonly clock_: Clock) {}

  /** The id to send and the promise of the reply. `timeoutMs` 0: no timeout. */
  open(timeoutMs: number): { id: number; reply: Promise<ServerMessage> } {
    if (this.entries_.size >= kMaxPending) {
      throw new ParleyError(ErrorCode.IN_PROGRESS, `More than ${kMaxPending} requests wait for an answer.`);
    }
    const id = ++this.lastId_;
    const reply = new Promise<ServerMessage>((resolve, reject) => {
      const expire = () => this.reject(id, new ParleyError(ErrorCode.TIMEOUT, 'The server did not answer in time.'));
      const cancel = timeoutMs > 0 ? this.clock_.after(timeoutMs, expire) : () => {};
      this.entries_.set(id, { resolve, reject, cancel });
    });
    return { id, reply };
  }

  resolve(id: number, message: ServerMessage): void {
    this.take(id)?.resolve(message);
  }

  reject(id: number, error: ParleyError): void {
    this.take(id)?.reject(error);
  }

  rejectAll(error: ParleyError): void {
    for (const id of [...this.entries_.keys()]) this.reject(id, error);
  }

  /** The reply may take as long as it wants. */
  keepWaiting(id: number): void {
    this.entries_.get(id)?.cancel();
  }

  private take(id: number): Entry | undefined {
    const entry = this.entries_.get(id);
    this.entries_.delete(id);
    entry?.cancel();
    return entry;
  }
}
