import type { Joined, MediaState, Resumed, ServerMessage } from '@parley/wire';
import { MediaState_State } from '@parley/wire';
import type { JoinTimings, LeaveInfo, MeetingState, Mode } from '../api/values.js';
import type { Browser } from '../browser/adapter.js';
import { Emitter } from '../emitter.js';
import { ErrorCode, LeaveReason, ParleyError } from '../errors.js';
import { log } from '../log.js';
import { watchFirstMedia } from '../media/first_media.js';
import type { OfferInit } from '../media/lines.js';
import { MediaSession } from '../media/session.js';
import type { ConnectionState, MediaOptions } from '../media/session.js';
import { wireMode } from '../room/convert.js';
import { backoffMs } from '../signalling/backoff.js';
import { SignallingClient } from '../signalling/client.js';
import type { JoinInit } from '../signalling/client.js';

/** A path that stumbles often comes back by itself within this time. */
export const kDisconnectedMs = 1_000;
/** ICE and DTLS over a bad link, with TCP after UDP has failed. */
export const kConnectTimeoutMs = 15_000;
/** A server that is being updated is back by then. */
export const kRejoinForMs = 120_000;
/** New joins in a row without media flowing: the path to the media ports is closed, joining does not help. */
export const kMaxFruitlessRejoins = 3;

export interface ConnectionEvents {
  state: [state: MeetingState];
  /** In the room, for the first time or again: the whole state to take over. */
  joined: [joined: Joined];
  resumed: [resumed: Resumed];
  message: [message: ServerMessage];
  'entry-pending': [];
  /** A new media session: its senders are empty. */
  media: [media: MediaSession | undefined];
  error: [error: ParleyError];
  left: [reason: LeaveInfo];
}

export interface ConnectionPlan {
  url: string;
  mode(): Mode;
  mediaOptions(): MediaOptions;
  /** The Join without its offer, as of now. */
  join(): JoinInit;
}

/**
 * Keeps one participant in its room: signalling and media together, from `join` until it leaves or is made to. A lost socket is
 * resumed, a broken path gets an ICE restart, and where neither helps it joins again with the same participant id.
 */
export class RoomConnection extends Emitter<ConnectionEvents> {
  readonly timings: JoinTimings = {};
  private state_: MeetingState = 'IDLE';
  private signalling_: SignallingClient | undefined;
  private media_: MediaSession | undefined;
  private startedAt_ = 0;
  private mediaTrouble_ = false;
  private unheard_ = false;
  private restarted_ = false;
  private rejoining_ = false;
  private leaving_ = false;
  private fruitlessRejoins_ = 0;
  private cancelMediaTimer_ = () => {};
  private cancelRejoin_ = () => {};
  private wakeRejoin_ = () => {};
  private stopWatching_ = () => {};

  constructor(
    private readonly browser_: Browser,
    private readonly plan_: ConnectionPlan,
  ) {
    super();
  }

  get state(): MeetingState {
    return this.state_;
  }
  get signalling(): SignallingClient | undefined {
    return this.signalling_;
  }
  get media(): MediaSession | undefined {
    return this.media_;
  }
  private get over(): boolean {
    return this.state_ === 'DISCONNECTED' || this.state_ === 'FAILED';
  }

  async join(): Promise<void> {
    this.startedAt_ = this.browser_.now();
    this.setState('CONNECTING');
    try {
      await this.establish();
      if (this.over) throw new ParleyError(ErrorCode.ABORTED, 'The meeting was left.');
      this.updateState();
    } catch (error) {
      if (this.leaving_) throw new ParleyError(ErrorCode.ABORTED, 'The meeting was left.', { cause: error });
      const failure = ParleyError.from(error, ErrorCode.CANNOT_JOIN, 'Joining failed');
      this.finish('FAILED', { code: LeaveReason.JOIN_FAILED, message: failure.message });
      throw failure;
    }
  }

  async leave(): Promise<void> {
    if (this.over) return;
    this.leaving_ = true;
    this.cancelTimers();
    const left = this.signalling_?.leave(); // said before the media connection is seen to close
    this.media_?.close();
    await left;
    this.finish('DISCONNECTED', { code: LeaveReason.MANUAL, message: 'left' });
  }

  /** The page goes away. */
  leaveNow(): void {
    if (this.over || this.state_ === 'IDLE') return;
    this.signalling_?.leaveNow();
    this.finish('DISCONNECTED', { code: LeaveReason.MANUAL, message: 'left' });
  }

  onNetworkChange(): void {
    if (this.over) return;
    this.wakeRejoin_();
    this.signalling_?.probe();
    if (!this.rejoining_) this.media_?.restartIce();
  }

  /** The server's own view of the media path. */
  onMediaState({ state, reason }: MediaState): void {
    log.info('the server sees media', MediaState_State[state], reason);
    // It often notices before the browser does, whose own state may then never change.
    this.unheard_ = state === MediaState_State.DISCONNECTED;
    if (this.unheard_) this.media_?.restartIce();
    this.updateState();
    if (state === MediaState_State.FAILED) void this.rejoin('the server lost the media connection');
  }

  /** Starts (or ends) media within a session that was (or becomes) SIGNALLING_ONLY. `change` carries offer and answer. */
  async switchMedia(change: (media: MediaSession | undefined) => Promise<void>, wanted: boolean): Promise<void> {
    if (wanted === !!this.media_) return change(undefined);
    if (!wanted) {
      await change(undefined);
      return this.setMedia(undefined);
    }
    const media = this.createMedia();
    try {
      await change(media);
    } catch (error) {
      this.setMedia(undefined);
      throw error;
    }
  }

  // ---- joining ---------------------------------------------------------------------------------------------------

  private async establish(): Promise<void> {
    const media = this.plan_.mode() === 'SIGNALLING_ONLY' ? undefined : this.createMedia();
    const signalling = new SignallingClient(this.browser_, this.plan_.url);
    this.signalling_ = signalling;
    this.listenToSignalling(signalling);
    const joined = await signalling.join(this.makeJoin(media));
    if (this.signalling_ !== signalling) throw new ParleyError(ErrorCode.ABORTED, 'The meeting was left.');
    this.mark('socket', signalling.openedAt);
    this.mark('signalling');
    // At once: the next message must find the state that it changes.
    this.emit('joined', joined);
    await media?.start(joined.answerSdp, (offer) => this.exchangeOffer(offer));
  }

  private async makeJoin(media: MediaSession | undefined): Promise<JoinInit> {
    const offer = await media?.firstOffer();
    this.mark('offer');
    return { ...this.plan_.join(), mode: wireMode(this.plan_.mode()), offer } as JoinInit;
  }

  /** The way of every offer after the first. */
  async exchangeOffer(offer: OfferInit): Promise<string> {
    if (!this.signalling_) throw new ParleyError(ErrorCode.RECONNECTING, 'The connection is being restored.');
    const reply = await this.signalling_.request({ case: 'renegotiate', value: { offer } });
    if (reply.case !== 'negotiated')
      throw new ParleyError(ErrorCode.MEDIA_CONNECTION_FAILED, 'No answer to the offer.');
    this.emit('message', { body: reply } as ServerMessage); // It carries seats.
    return reply.value.answerSdp;
  }

  private createMedia(): MediaSession {
    const media = new MediaSession(this.browser_, this.plan_.mediaOptions());
    this.setMedia(media);
    this.restarted_ = false;
    media.on('connection', (state) => this.media_ === media && this.onConnection(media, state));
    media.on('ice-connected', () => this.media_ === media && this.mark('ice'));
    this.awaitConnection(media);
    this.stopWatching_ = watchFirstMedia(this.browser_, media.peer, {
      onPacket: () => this.mark('firstPacket'),
      onFrame: () => this.mark('firstFrame'),
    });
    return media;
  }

  private setMedia(media: MediaSession | undefined): void {
    this.stopWatching_();
    this.cancelMediaTimer_();
    this.media_?.close();
    this.media_ = media;
    this.mediaTrouble_ = false;
    this.unheard_ = false;
    this.emit('media', media);
  }

  private mark(phase: keyof JoinTimings, at = this.browser_.now()): void {
    this.timings[phase] ??= Math.round((at - this.startedAt_) * 10) / 10;
  }

  // ---- signalling ------------------------------------------------------------------------------------------------

  private listenToSignalling(signalling: SignallingClient): void {
    const current = () => this.signalling_ === signalling && !this.over;
    signalling.on('message', (message) => current() && this.emit('message', message));
    signalling.on('entry-pending', () => {
      if (!current()) return;
      this.setState('WAITING');
      this.emit('entry-pending');
    });
    signalling.on('lost', () => current() && this.updateState());
    signalling.on('resumed', (resumed) => {
      if (!current()) return;
      if (!resumed.replayed) this.unheard_ = false; // Its end may be among what was not replayed.
      this.emit('resumed', resumed);
      this.media_?.resume();
      this.updateState();
    });
    signalling.on('expired', (error) => current() && void this.rejoin(error.message));
    signalling.on('left', (reason) => {
      if (!current()) return;
      const { code = LeaveReason.UNKNOWN, message = '' } = reason ?? {};
      this.finish('DISCONNECTED', { code, message });
    });
  }

  // ---- media -----------------------------------------------------------------------------------------------------

  private awaitConnection(media: MediaSession): void {
    this.cancelMediaTimer_();
    this.cancelMediaTimer_ = this.browser_.after(kConnectTimeoutMs, () => {
      if (this.media_ === media && media.connectionState !== 'connected') this.onConnection(media, 'failed');
    });
  }

  private onConnection(media: MediaSession, state: ConnectionState): void {
    log.info('media connection', state);
    if (state === 'connecting') return;
    this.mediaTrouble_ = state !== 'connected';
    this.cancelMediaTimer_();
    if (state === 'connected') {
      this.mark('dtls');
      this.unheard_ = false;
      this.restarted_ = false;
      this.fruitlessRejoins_ = 0;
    } else if (state === 'disconnected') {
      this.cancelMediaTimer_ = this.browser_.after(kDisconnectedMs, () => this.restart(media));
    } else if (this.restarted_ || !this.signalling_?.connected) {
      if (this.signalling_?.connected) void this.rejoin('no media connection');
    } else {
      this.restart(media);
    }
    this.updateState();
  }

  /** Once an outage; if that does not help, a new connection is made. */
  private restart(media: MediaSession): void {
    if (this.media_ !== media) return;
    this.restarted_ = true;
    media.restartIce();
    this.awaitConnection(media);
  }

  // ---- joining again ---------------------------------------------------------------------------------------------

  private async rejoin(why: string): Promise<void> {
    if (this.rejoining_ || this.leaving_ || this.over) return;
    log.warn('joining again:', why);
    this.rejoining_ = true;
    this.updateState();
    const deadline = this.browser_.now() + kRejoinForMs;
    for (let attempt = 0; !this.over && !this.leaving_; attempt++) {
      if (this.browser_.now() > deadline || this.fruitlessRejoins_ >= kMaxFruitlessRejoins) return this.giveUp();
      this.tearDown();
      try {
        this.fruitlessRejoins_++; // until media flow
        await this.establish();
        break;
      } catch (error) {
        this.fruitlessRejoins_--;
        const failure = ParleyError.from(error, ErrorCode.CANNOT_JOIN, 'Joining again failed');
        if (this.over) return;
        // Who knocked and was not let in does not knock again and again.
        if (isFinal(failure) || this.state_ === 'WAITING') return this.refused(failure);
        await this.pause(backoffMs(attempt, this.browser_.random()));
      }
    }
    this.rejoining_ = false;
    this.updateState();
  }

  private pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.wakeRejoin_ = resolve;
      this.cancelRejoin_ = this.browser_.after(milliseconds, resolve);
    });
  }

  private giveUp(): void {
    this.emit('error', new ParleyError(ErrorCode.MEDIA_CONNECTION_FAILED, 'The connection could not be restored.'));
    this.finish('FAILED', {
      code: LeaveReason.RECONNECT_ATTEMPTS_USED_UP,
      message: 'The connection could not be restored.',
    });
  }

  private refused(error: ParleyError): void {
    this.emit('error', error);
    this.finish('FAILED', { code: LeaveReason.JOIN_FAILED, message: error.message });
  }

  // ---- state -----------------------------------------------------------------------------------------------------

  private updateState(): void {
    if (this.over || this.leaving_ || this.state_ === 'IDLE') return;
    const well = !this.rejoining_ && !this.mediaTrouble_ && !this.unheard_ && this.signalling_?.connected;
    if (well) this.setState('CONNECTED');
    // What goes wrong with a first join is the join's own failure.
    else if (this.state_ !== 'CONNECTING' && this.state_ !== 'WAITING') this.setState('RECONNECTING');
  }

  private setState(state: MeetingState): void {
    if (this.state_ === state) return;
    this.state_ = state;
    this.emit('state', state);
  }

  private tearDown(): void {
    this.signalling_?.close();
    this.signalling_ = undefined;
    this.setMedia(undefined);
  }

  private cancelTimers(): void {
    this.cancelMediaTimer_();
    this.cancelRejoin_();
    this.wakeRejoin_();
  }

  private finish(state: 'DISCONNECTED' | 'FAILED', reason: LeaveInfo): void {
    if (this.over) return;
    this.cancelTimers();
    this.setState(state);
    this.tearDown();
    this.emit('left', reason);
  }
}

/** What the server says about the token, the room or the person stays true; what the network says does not. */
function isFinal(error: ParleyError): boolean {
  return error.code >= 4000 && error.code < 5000;
}
