import { SeatLine_Kind } from '@parley/wire';
import type { PreferredProtocol, StreamKind, VideoCodec } from '../api/values.js';
import type { Browser, Peer } from '../browser/adapter.js';
import { Emitter } from '../emitter.js';
import { ErrorCode, ParleyError } from '../errors.js';
import { log } from '../log.js';
import { SeatPool, SendLines } from './lines.js';
import type { OfferInit } from './lines.js';
import { cleanOffer, filterCandidates, hasMid, isReceiving, withStereo } from './sdp.js';
import { configure, defaultEncoding } from './sender.js';
import type { Publication } from './sender.js';

/** Enough for a small meeting: each pair costs about 4 KB of offer and 5 ms of set-up. */
export const kInitialMainSeats = 4;
export const kInitialShareSeats = 1;
/** Growth comes in steps of at least this many, so that the next few people need none, */
export const kMinGrowth = 4;
/** and at most this many, so that no renegotiation blocks the page for long (16 seats: about 150 ms). */
export const kMaxGrowth = 16;
/** The server takes 64 seats in all. More people than this are on no screen, and rarely share more than one screen. */
export const kMaxMainSeats = 56;
export const kMaxShareSeats = 8;

export type ConnectionState = 'connecting' | 'connected' | 'disconnected' | 'failed';

export interface MediaSessionEvents {
  connection: [state: ConnectionState];
  /** An ICE pair works (before DTLS is done). */
  'ice-connected': [];
}

export interface MediaOptions {
  protocol: PreferredProtocol;
  cameraCodec: VideoCodec;
}

/** Carries an offer to the server and brings back its answer. */
export type Exchange = (offer: OfferInit) => Promise<string>;

/**
 * One peer connection with the server, from the first offer to its close. The client always offers: first with the Join, then
 * (more seats, another codec, an ICE restart) by renegotiation, one at a time; what is wanted meanwhile goes into the next.
 */
export class MediaSession extends Emitter<MediaSessionEvents> {
  readonly peer: Peer;
  readonly sends: SendLines;
  private readonly seats_: SeatPool;
  private readonly publications_ = new Map<StreamKind, Publication>();
  private wantedMain_ = kInitialMainSeats;
  private wantedShare_ = kInitialShareSeats;
  private restartWanted_ = false;
  private linesChanged_ = false;
  private exchange_: Exchange | undefined;
  private negotiating_: Promise<void> | undefined;
  private closed_ = false;

  constructor(
    browser: Browser,
    private readonly options_: MediaOptions,
  ) {
    super();
    this.peer = browser.createPeer({ bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require', iceServers: [] });
    this.sends = new SendLines(browser, this.peer, options_.cameraCodec);
    this.seats_ = new SeatPool(browser, this.peer);
    this.seats_.grow(SeatLine_Kind.MAIN, kInitialMainSeats);
    this.seats_.grow(SeatLine_Kind.SHARE, kInitialShareSeats);
    this.peer.addEventListener('connectionstatechange', () => this.onConnectionState());
    this.peer.addEventListener('iceconnectionstatechange', () => {
      if (['connected', 'completed'].includes(this.peer.iceConnectionState)) this.emit('ice-connected');
    });
  }

  // ---- negotiation -----------------------------------------------------------------------------------------------

  async firstOffer(): Promise<OfferInit> {
    return this.makeOffer(false);
  }

  /** Takes the answer to the first offer; later offers go through `exchange`. */
  async start(answerSdp: string, exchange: Exchange): Promise<void> {
    await this.takeAnswer(answerSdp);
    this.exchange_ = exchange;
    for (const [kind, publication] of this.publications_) await this.configureSender(kind, publication);
    void this.negotiate();
  }

  /** At least so many seats, as soon as possible. */
  wantSeats(main: number, share: number): void {
    this.wantedMain_ = Math.min(Math.max(this.wantedMain_, main), kMaxMainSeats);
    this.wantedShare_ = Math.min(Math.max(this.wantedShare_, share), kMaxShareSeats);
    void this.negotiate();
  }

  restartIce(): void {
    this.restartWanted_ = true;
    void this.negotiate();
  }

  /** Goes on with what could not be negotiated while signalling was lost. */
  resume(): void {
    void this.negotiate();
  }

  /** Negotiates until nothing is left to do. Stops (to go on with `resume`) when the exchange fails for now. */
  private negotiate(): Promise<void> {
    this.negotiating_ ??= this.runNegotiations().finally(() => {
      this.negotiating_ = undefined;
    });
    return this.negotiating_;
  }

  private async runNegotiations(): Promise<void> {
    while (this.exchange_ && !this.closed_ && this.somethingToNegotiate()) {
      const restart = this.restartWanted_;
      this.restartWanted_ = false;
      this.linesChanged_ = false;
      this.growSeats();
      try {
        const offer = await this.makeOffer(restart);
        await this.takeAnswer(await this.exchange_(offer));
      } catch (error) {
        this.restartWanted_ ||= restart;
        this.linesChanged_ = true;
        await this.rollBack();
        return this.onNegotiationFailed(error);
      }
    }
  }

  private somethingToNegotiate(): boolean {
    return (
      this.restartWanted_ ||
      this.linesChanged_ ||
      this.missing(SeatLine_Kind.MAIN) > 0 ||
      this.missing(SeatLine_Kind.SHARE) > 0
    );
  }

  private missing(kind: SeatLine_Kind): number {
    return (kind === SeatLine_Kind.MAIN ? this.wantedMain_ : this.wantedShare_) - this.seats_.count(kind);
  }

  private growSeats(): void {
    const main = this.missing(SeatLine_Kind.MAIN);
    if (main > 0) {
      const room = kMaxMainSeats - this.seats_.count(SeatLine_Kind.MAIN);
      this.seats_.grow(SeatLine_Kind.MAIN, Math.min(Math.max(main, kMinGrowth), kMaxGrowth, room));
    }
    // Screens rarely come in numbers: exactly as many as there are.
    this.seats_.grow(SeatLine_Kind.SHARE, Math.max(0, this.missing(SeatLine_Kind.SHARE)));
  }

  private async makeOffer(iceRestart: boolean): Promise<OfferInit> {
    const offer = await this.peer.createOffer({ iceRestart });
    const sdp = withStereo(offer.sdp ?? '', isReceiving);
    try {
      await this.peer.setLocalDescription({ type: 'offer', sdp });
    } catch (error) {
      log.info('the offer is only taken unchanged', error);
      await this.peer.setLocalDescription(offer);
    }
    return { sdp: cleanOffer(sdp), sends: this.sends.describe(), seats: this.seats_.describe() };
  }

  private async takeAnswer(answerSdp: string): Promise<void> {
    let sdp = filterCandidates(answerSdp, this.options_.protocol);
    sdp = withStereo(sdp, hasMid(this.sends.transceiver('shareAudio').mid));
    const microphone = this.publications_.get('audio')?.encoding;
    if (microphone?.type === 'audio' && microphone.stereo) {
      sdp = withStereo(sdp, hasMid(this.sends.transceiver('audio').mid));
    }
    await this.peer.setRemoteDescription({ type: 'answer', sdp });
  }

  private async rollBack(): Promise<void> {
    if (this.closed_ || this.peer.signalingState !== 'have-local-offer') return;
    try {
      await this.peer.setLocalDescription({ type: 'rollback' });
    } catch (error) {
      log.warn('an offer could not be taken back', error);
    }
  }

  private onNegotiationFailed(error: unknown): void {
    if (this.closed_) return;
    const code = error instanceof ParleyError ? error.code : 0;
    log.warn('renegotiation failed', error);
    const forNow: number[] = [ErrorCode.RECONNECTING, ErrorCode.ABORTED, ErrorCode.NOT_JOINED];
    if (!forNow.includes(code)) this.emit('connection', 'failed');
  }

  // ---- sending ---------------------------------------------------------------------------------------------------

  /**
   * Sends the track as this source from now on, or nothing. Answers when that is in effect; it takes a negotiation only if
   * the camera's codec changes.
   */
  async publish(kind: StreamKind, publication: Publication | undefined): Promise<void> {
    if (!publication) {
      this.publications_.delete(kind);
      return this.sends.transceiver(kind).sender.replaceTrack(null);
    }
    const stereoBefore = this.sendsStereo(kind);
    this.publications_.set(kind, publication);
    if (kind === 'video' && publication.encoding.type === 'video') await this.switchCodec(publication.encoding.codec);
    const { sender } = this.sends.transceiver(kind);
    await configure(sender, kind, publication);
    await sender.replaceTrack(publication.track);
    if (kind === 'audio' && stereoBefore !== this.sendsStereo(kind)) {
      this.linesChanged_ = true; // The answer is read again, with or without stereo.
      void this.negotiate();
    }
  }

  /** The highest layer to encode of a source from now on. */
  async limitLayers(kind: StreamKind, maxLayer: number): Promise<void> {
    const publication = this.publications_.get(kind);
    if (!publication || publication.maxLayer === maxLayer) return;
    this.publications_.set(kind, { ...publication, maxLayer });
    await this.configureSender(kind, { ...publication, maxLayer });
  }

  private async switchCodec(codec: VideoCodec): Promise<void> {
    const before = this.sends.transceiver('video');
    if (!this.sends.useCameraCodec(codec)) return;
    if (this.sends.transceiver('video') !== before) await before.sender.replaceTrack(null);
    this.linesChanged_ = true;
    await this.negotiate();
    // One may have been under way that did not have the change yet.
    if (this.linesChanged_) await this.negotiate();
  }

  private sendsStereo(kind: StreamKind): boolean {
    const encoding = this.publications_.get(kind)?.encoding ?? defaultEncoding(kind);
    return encoding.type === 'audio' && encoding.stereo;
  }

  private configureSender(kind: StreamKind, publication: Publication): Promise<void> {
    return configure(this.sends.transceiver(kind).sender, kind, publication);
  }

  // ---- receiving -------------------------------------------------------------------------------------------------

  receiver(seat: number, media: 'audio' | 'video'): RTCRtpReceiver | undefined {
    return this.seats_.find(seat)?.[media].receiver;
  }

  receiverOf(track: MediaStreamTrack): RTCRtpReceiver | undefined {
    return this.peer.getTransceivers().find(({ receiver }) => receiver.track === track)?.receiver;
  }

  isShareSeat(seat: number): boolean {
    return this.seats_.find(seat)?.kind === SeatLine_Kind.SHARE;
  }

  // ---- life ------------------------------------------------------------------------------------------------------

  get connectionState(): ConnectionState {
    switch (this.peer.connectionState) {
      case 'connected':
      case 'disconnected':
      case 'failed':
        return this.peer.connectionState;
      case 'closed':
        return 'failed';
      default:
        return 'connecting';
    }
  }

  close(): void {
    if (this.closed_) return;
    this.closed_ = true;
    this.peer.close();
  }

  private onConnectionState(): void {
    if (!this.closed_) this.emit('connection', this.connectionState);
  }
}
