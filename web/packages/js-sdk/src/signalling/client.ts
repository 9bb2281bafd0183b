import { parseServer, serializeClient } from '@parley/wire';
import type { ClientBody, Error as WireError, Joined, Resumed, ServerMessage } from '@parley/wire';
import type { Browser, Socket } from '../browser/adapter.js';
import { Emitter } from '../emitter.js';
import { ErrorCode, ParleyError } from '../errors.js';
import { log } from '../log.js';
import { backoffMs } from './backoff.js';
import { PendingRequests } from './pending.js';

/** Longer than a slow server or mobile link takes, shorter than a person's patience. */
export const kReplyTimeoutMs = 10_000;
/** A socket that does not open or a Resume without reply: try a new one. */
export const kAttemptTimeoutMs = 5_000;
/** The protocol's rule: three missed pongs mean a lost socket. */
export const kMaxMissedPongs = 3;
/** After a hint that the network changed, an answer must come this soon. */
export const kProbeTimeoutMs = 2_000;
/** A ServerClosing that asks for more is not believed. */
const kMaxRetryAfterMs = 30_000;
/** How long `leave()` waits for the server's Left. */
export const kLeaveTimeoutMs = 1_000;

export interface SignallingEvents {
  /** Everything that is not a reply, in order, each once. */
  message: [message: ServerMessage];
  /** The guest knocks; `join` goes on waiting. */
  'entry-pending': [];
  /** The socket is gone; resuming has begun. */
  lost: [];
  resumed: [resumed: Resumed];
  /** The session cannot be taken up again: only a new Join helps. */
  expired: [error: ParleyError];
  /** The server says that this participant is out. */
  left: [reason: WireError | undefined];
}

export type JoinInit = Extract<ClientBody, { case: 'join' }>['value'];

type Phase = 'new' | 'joining' | 'open' | 'lost' | 'closed';

/**
 * One signalling session, from its Join to its end, over as many sockets as it takes: requests and replies, pings, and
 * Resume after a lost socket until the grace period is over.
 */
export class SignallingClient extends Emitter<SignallingEvents> {
  private phase_: Phase = 'new';
  private socket_: Socket | undefined;
  private readonly pending_: PendingRequests;
  private lastSeq_ = 0n;
  private resumeKey_ = '';
  private gracePeriodMs_ = 0;
  private pingIntervalMs_ = 0;
  private missedPongs_ = 0;
  private cancelPing_ = () => {};
  private cancelRetry_ = () => {};
  private cancelAttempt_ = () => {};
  private lostAt_ = 0;
  private attempt_ = 0;
  private retryAfterMs_ = 0;
  private joinId_ = 0;
  private openedAt_: number | undefined;
  private onLeft_ = () => {};

  constructor(
    private readonly browser_: Browser,
    private readonly url_: string,
  ) {
    super();
    this.pending_ = new PendingRequests(browser_);
  }

  /** When the first socket was open, on the browser's clock. */
  get openedAt(): number | undefined {
    return this.openedAt_;
  }

  get connected(): boolean {
    return this.phase_ === 'open';
  }

  /** Opens the socket at once; the Join may be made meanwhile. Rejects with the server's error or 3047. */
  async join(join: Promise<JoinInit> | JoinInit): Promise<Joined> {
    this.phase_ = 'joining';
    const opened = this.connect();
    try {
      const [init] = await Promise.all([join, opened]);
      const { id, reply } = this.pending_.open(kReplyTimeoutMs);
      this.joinId_ = id;
      this.transmit(id, { case: 'join', value: init });
      const { body } = await reply;
      if (body.case !== 'joined') throw this.failure(body);
      this.enter(body.value);
      return body.value;
    } catch (error) {
      this.close();
      throw ParleyError.from(error, ErrorCode.CANNOT_JOIN, 'Joining failed');
    }
  }

  /** Resolves with the reply, rejects with the server's error, 3065 while the socket is lost, or 3079. */
  async request(body: ClientBody): Promise<ServerMessage['body']> {
    if (this.phase_ === 'lost') throw new ParleyError(ErrorCode.RECONNECTING, 'The connection is being restored.');
    if (this.phase_ !== 'open') throw new ParleyError(ErrorCode.NOT_JOINED, 'The meeting is not joined.');
    const { id, reply } = this.pending_.open(kReplyTimeoutMs);
    this.transmit(id, body);
    const message = await reply;
    if (message.body.case === 'error') throw this.failure(message.body);
    return message.body;
  }

  /** Without a reply. What must not get lost is said again after `resumed`. */
  send(body: ClientBody): void {
    if (this.phase_ === 'open') this.transmit(0, body);
  }

  /** Says Leave and closes once the server has answered, or soon. */
  async leave(): Promise<void> {
    if (this.phase_ === 'open' || this.phase_ === 'joining') {
      this.transmit(0, { case: 'leave', value: {} });
      await new Promise<void>((resolve) => {
        const cancel = this.browser_.after(kLeaveTimeoutMs, resolve);
        this.onLeft_ = () => {
          cancel();
          resolve();
        };
      });
    }
    this.close();
  }

  /** Says Leave without waiting: for a page that goes away. */
  leaveNow(): void {
    if (this.phase_ === 'open' || this.phase_ === 'joining') this.transmit(0, { case: 'leave', value: {} });
    this.close();
  }

  close(): void {
    if (this.phase_ === 'closed') return;
    this.phase_ = 'closed';
    this.stopTimers();
    this.dropSocket();
    this.pending_.rejectAll(new ParleyError(ErrorCode.ABORTED, 'The meeting was left.'));
    this.onLeft_();
  }

  /** The network changed: find out soon whether the socket still works, or try again at once. */
  probe(): void {
    if (this.phase_ === 'lost' && !this.socket_) return this.resumeNow();
    if (this.phase_ !== 'open') return;
    this.missedPongs_ = kMaxMissedPongs;
    this.sendPing();
    this.schedulePing(kProbeTimeoutMs);
  }

  private enter(joined: Joined): void {
    this.phase_ = 'open';
    this.resumeKey_ = joined.resumeKey;
    this.gracePeriodMs_ = joined.gracePeriodMs;
    this.pingIntervalMs_ = joined.pingIntervalMs;
    this.startPings();
  }

  // ---- sockets ---------------------------------------------------------------------------------------------------

  private connect(): Promise<void> {
    return new Promise((resolve, reject) => {
      let open = false;
      const fail = (why: string) => reject(new ParleyError(ErrorCode.CANNOT_JOIN, why));
      const socket = this.browser_.openSocket(this.url_, {
        onOpen: () => {
          if (this.socket_ !== socket) return;
          open = true;
          this.openedAt_ ??= this.browser_.now();
          this.cancelAttempt_();
          resolve();
        },
        onMessage: (bytes) => this.socket_ === socket && this.receive(bytes),
        onClose: (code, reason) => {
          fail(`The server at ${this.url_} cannot be reached.`);
          if (this.socket_ === socket) this.onSocketClosed(open, code, reason);
        },
      });
      this.socket_ = socket;
      this.cancelAttempt_ = this.browser_.after(kAttemptTimeoutMs, () => {
        fail(`The server at ${this.url_} does not answer.`);
        if (this.socket_ === socket) this.onSocketClosed(false, 0, 'timeout');
      });
    });
  }

  private dropSocket(): void {
    const socket = this.socket_;
    this.socket_ = undefined;
    socket?.close();
  }

  private onSocketClosed(wasOpen: boolean, code: number, reason: string): void {
    log.info('socket closed', code, reason);
    this.dropSocket();
    this.stopTimers();
    if (this.phase_ === 'joining') {
      const why = wasOpen ? 'The server closed the connection.' : 'The server cannot be reached.';
      this.pending_.rejectAll(new ParleyError(ErrorCode.CANNOT_JOIN, why));
    } else if (this.phase_ === 'open') {
      this.phase_ = 'lost';
      this.lostAt_ = this.browser_.now();
      this.attempt_ = 0;
      this.scheduleResume();
      this.emit('lost');
    } else if (this.phase_ === 'lost') {
      this.scheduleResume();
    }
  }

  private scheduleResume(): void {
    const delay = Math.max(backoffMs(this.attempt_++, this.browser_.random()), this.retryAfterMs_);
    this.retryAfterMs_ = 0;
    const left = this.lostAt_ + this.gracePeriodMs_ - this.browser_.now();
    if (left <= 0) return this.expire(new ParleyError(ErrorCode.TIMEOUT, 'The grace period is over.'));
    this.cancelRetry_ = this.browser_.after(Math.min(delay, left), () => this.resumeNow());
  }

  private resumeNow(): void {
    this.cancelRetry_();
    this.connect().then(
      () => this.sendResume(),
      () => {}, // onSocketClosed schedules the next attempt.
    );
  }

  private sendResume(): void {
    const socket = this.socket_;
    if (this.phase_ !== 'lost' || !socket) return;
    const { id, reply } = this.pending_.open(kAttemptTimeoutMs);
    this.transmit(id, { case: 'resume', value: { resumeKey: this.resumeKey_, lastSeq: this.lastSeq_ } });
    reply.then(
      ({ body }) => {
        if (this.phase_ !== 'lost') return;
        if (body.case !== 'resumed') return this.expire(this.failure(body));
        this.phase_ = 'open';
        this.startPings();
        this.emit('resumed', body.value);
      },
      () => this.socket_ === socket && this.phase_ === 'lost' && this.onSocketClosed(true, 0, 'no reply to Resume'),
    );
  }

  private expire(error: ParleyError): void {
    this.close();
    this.emit('expired', error);
  }

  // ---- messages --------------------------------------------------------------------------------------------------

  private transmit(id: number, body: ClientBody): void {
    this.socket_?.send(serializeClient(id, body));
  }

  private receive(bytes: Uint8Array): void {
    let message: ServerMessage;
    try {
      message = parseServer(bytes);
    } catch (error) {
      log.error('a message of the server cannot be read', error);
      return;
    }
    this.missedPongs_ = 0;
    if (!this.isNew(message)) return;
    const { body, replyTo } = message;
    log.debug('<', body.case, replyTo || '');
    if (body.case === 'pong') return;
    if (body.case === 'left') return this.onLeft(body.value.reason);
    if (body.case === 'serverClosing') {
      this.retryAfterMs_ = Math.min(body.value.retryAfterMs, kMaxRetryAfterMs);
    } else if (body.case === 'entryPending') {
      this.pending_.keepWaiting(this.joinId_);
      this.emit('entry-pending');
    } else if (replyTo > 0) {
      this.pending_.resolve(replyTo, message);
    } else if (this.phase_ === 'joining' && (body.case === 'joined' || body.case === 'error')) {
      this.pending_.resolve(this.joinId_, message); // the late answer to a knock
    } else {
      this.emit('message', message);
    }
  }

  /** After a Resume the server sends again what it is not sure of. */
  private isNew({ seq, body }: ServerMessage): boolean {
    if (seq === 0n) return true;
    if (seq <= this.lastSeq_) return false;
    // What a Resumed announces comes after it, with lower numbers than it may have itself.
    if (body.case !== 'resumed' || !body.value.replayed) this.lastSeq_ = seq;
    return true;
  }

  private onLeft(reason: WireError | undefined): void {
    const joining = this.phase_ === 'joining';
    if (joining) {
      this.pending_.rejectAll(new ParleyError(reason?.code ?? ErrorCode.CANNOT_JOIN, reason?.message ?? 'Not let in.'));
    }
    this.close();
    if (!joining) this.emit('left', reason);
  }

  private failure(body: ServerMessage['body']): ParleyError {
    if (body.case === 'error') return new ParleyError(body.value.code, body.value.message);
    return new ParleyError(ErrorCode.CANNOT_JOIN, `The server answered with "${body.case}".`);
  }

  // ---- liveness --------------------------------------------------------------------------------------------------

  private startPings(): void {
    this.missedPongs_ = 0;
    this.schedulePing(this.pingIntervalMs_);
  }

  private schedulePing(delayMs: number): void {
    this.cancelPing_();
    if (this.pingIntervalMs_ <= 0) return;
    this.cancelPing_ = this.browser_.after(delayMs, () => {
      if (this.missedPongs_ >= kMaxMissedPongs) return this.onSocketClosed(true, 0, 'no pong');
      this.missedPongs_++;
      this.sendPing();
      this.schedulePing(this.pingIntervalMs_);
    });
  }

  private sendPing(): void {
    this.transmit(0, { case: 'ping', value: { clientTimeMs: BigInt(Math.round(this.browser_.utcNow())) } });
  }

  private stopTimers(): void {
    this.cancelPing_();
    this.cancelRetry_();
    this.cancelAttempt_();
  }
}
