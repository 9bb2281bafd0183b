import { ReceiveChanged_Pause, Source } from '@parley/wire';
import type { ClientBody } from '@parley/wire';
import type { Participant, ParticipantEvents } from '../api/participant.js';
import type { AudioStats, TransportStats, VideoStats } from '../api/stats.js';
import type { RenderAudioOptions, RenderVideoOptions } from '../api/stream.js';
import type { MaxQuality, Mode, PauseReason, PinState, PinType, Quality, StreamKind } from '../api/values.js';
import { Emitter } from '../emitter.js';
import { ErrorCode, ParleyError } from '../errors.js';
import { pinTarget } from '../room/convert.js';
import type { Member, RoomEvent } from '../room/state.js';
import type { View } from '../receive/viewport.js';
import { audioPlayer, captureStill, videoPlayer } from './players.js';
import { RoomStream } from './stream.js';
import type { StreamInit, StreamPort } from './stream.js';

/** Which layer of a remote stream arrives, as the server last said. */
export interface ReceivedLayer {
  readonly spatial: number;
  readonly temporal: number;
}

/** What a participant asks of its meeting. */
export interface ParticipantPort {
  request(body: ClientBody): Promise<unknown>;
  /** The local participant's own switches. */
  readonly own: {
    setMic(on: boolean): Promise<void>;
    setWebcam(on: boolean): Promise<void>;
    setPaused(kind: StreamKind, paused: boolean): Promise<void>;
    codec(kind: StreamKind): string;
    displaySurface(): string;
    leave(): Promise<void>;
  };
  readonly wishes: {
    setQuality(id: string, kind: StreamKind, quality: MaxQuality): void;
    quality(id: string, kind: StreamKind): MaxQuality;
    setView(id: string, kind: StreamKind, view: View): void;
  };
  /** Answers whether the stream is paused by this client now, by itself or with its kind. */
  setReceivePaused(id: string, kind: StreamKind, paused: boolean): boolean;
  /** Receive (or not) what `autoConsume: false` holds back. */
  consume(id: string, kind: StreamKind, wanted: boolean): void;
  audioStats(id: string, kind: StreamKind): Promise<AudioStats[]>;
  videoStats(id: string, kind: StreamKind): Promise<VideoStats[]>;
  transportStats(): Promise<TransportStats | undefined>;
  /** 1.5: this many physical pixels a CSS pixel. */
  readonly pixelRatio: number;
  reportError(error: ParleyError): void;
}

export class RoomParticipant extends Emitter<ParticipantEvents> implements Participant {
  readonly streams = new Map<string, RoomStream>();
  readonly layers = new Map<StreamKind, ReceivedLayer>();
  private readonly starved_ = new Set<StreamKind>();
  private readonly received_ = new Map<StreamKind, Quality>();
  private member_: Member;

  constructor(
    member: Member,
    readonly local: boolean,
    private readonly port_: ParticipantPort,
  ) {
    super();
    this.member_ = member;
  }

  get id(): string {
    return this.member_.id;
  }
  get displayName(): string {
    return this.member_.displayName;
  }
  get mode(): Mode {
    return this.member_.mode;
  }
  get metaData(): Record<string, unknown> {
    return this.member_.metaData;
  }
  get micOn(): boolean {
    return this.isOn('audio');
  }
  get webcamOn(): boolean {
    return this.isOn('video');
  }
  get screenShareOn(): boolean {
    return this.isOn('share');
  }
  get screenShareAudioOn(): boolean {
    return this.isOn('shareAudio');
  }
  get quality(): Quality {
    return asQuality(this.port_.wishes.quality(this.id, 'video'));
  }
  get screenShareQuality(): Quality {
    return asQuality(this.port_.wishes.quality(this.id, 'share'));
  }
  get pinState(): PinState {
    return this.member_.pin;
  }
  get connectionQuality(): number {
    return this.member_.connectionQuality;
  }
  get reconnecting(): boolean {
    return this.member_.reconnecting;
  }

  // ---- moderation ------------------------------------------------------------------------------------------------

  async remove(): Promise<void> {
    if (this.local) return this.port_.own.leave();
    await this.port_.request({ case: 'removeParticipant', value: { participantId: this.id } });
  }
  enableMic(): Promise<void> {
    return this.switchMedia(Source.AUDIO, true);
  }
  disableMic(): Promise<void> {
    return this.switchMedia(Source.AUDIO, false);
  }
  enableWebcam(): Promise<void> {
    return this.switchMedia(Source.VIDEO, true);
  }
  disableWebcam(): Promise<void> {
    return this.switchMedia(Source.VIDEO, false);
  }
  async pin(type: PinType = 'SHARE_AND_CAM'): Promise<void> {
    await this.setPin(type, true);
  }
  async unpin(type: PinType = 'SHARE_AND_CAM'): Promise<void> {
    await this.setPin(type, false);
  }

  // ---- receiving -------------------------------------------------------------------------------------------------

  setQuality(quality: Quality): void {
    this.setQualityOf('video', quality);
  }
  setScreenShareQuality(quality: Quality): void {
    this.setQualityOf('share', quality);
  }
  setViewPort(width: number, height: number): void {
    if (!(width >= 0) || !(height >= 0))
      throw new ParleyError(ErrorCode.BAD_PARAMETER, 'A viewport has a width and a height.');
    if (this.local) return;
    const ratio = this.port_.pixelRatio;
    const view = { width: Math.round(width * ratio), height: Math.round(height * ratio), visible: true };
    this.port_.wishes.setView(this.id, 'video', view);
  }
  consumeMicStreams(): void {
    this.port_.consume(this.id, 'audio', true);
  }
  stopConsumingMicStreams(): void {
    this.port_.consume(this.id, 'audio', false);
  }
  consumeWebcamStreams(): void {
    this.port_.consume(this.id, 'video', true);
  }
  stopConsumingWebcamStreams(): void {
    this.port_.consume(this.id, 'video', false);
  }

  async captureImage(size: { width?: number; height?: number } = {}): Promise<string> {
    const stream = this.streamOf('video');
    if (!stream) throw new ParleyError(ErrorCode.CAPTURE_FAILED, 'The camera is off.');
    return captureStill(stream.track, size);
  }
  renderVideo(options: RenderVideoOptions = {}): HTMLVideoElement {
    return videoPlayer(this, options, (error) => this.port_.reportError(error));
  }
  renderAudio(options: RenderAudioOptions = {}): HTMLAudioElement {
    return audioPlayer(this, options, (error) => this.port_.reportError(error));
  }

  // ---- stats -----------------------------------------------------------------------------------------------------

  getAudioStats(): Promise<AudioStats[]> {
    return this.port_.audioStats(this.id, 'audio');
  }
  getShareAudioStats(): Promise<AudioStats[]> {
    return this.port_.audioStats(this.id, 'shareAudio');
  }
  getVideoStats(): Promise<VideoStats[]> {
    return this.withLayers('video');
  }
  getShareStats(): Promise<VideoStats[]> {
    return this.withLayers('share');
  }
  getTransportStats(): Promise<TransportStats | undefined> {
    return this.port_.transportStats();
  }

  // ---- for the meeting -------------------------------------------------------------------------------------------

  /** @internal */
  update(member: Member): void {
    this.member_ = member;
  }

  /** @internal */
  streamOf(kind: StreamKind): RoomStream | undefined {
    return [...this.streams.values()].find((stream) => stream.kind === kind);
  }

  /** @internal */
  addStream(id: string, kind: StreamKind, track: MediaStreamTrack): RoomStream {
    const init: StreamInit = { id, kind, track, local: this.local, participantId: this.id };
    const stream = new RoomStream(init, this.streamPort(kind), (reason, paused) =>
      this.announcePause(kind, reason, paused),
    );
    this.streams.set(id, stream);
    this.emit('stream-enabled', stream);
    if (this.starved_.has(kind)) stream.setPause('bandwidth', true);
    return stream;
  }

  /** @internal */
  removeStream(kind: StreamKind): void {
    const stream = this.streamOf(kind);
    if (!stream) return;
    this.streams.delete(stream.id);
    stream.setState('ended');
    this.emit('stream-disabled', stream);
  }

  /** @internal What concerns this participant alone. */
  onRoomEvent(event: RoomEvent): void {
    if (event.type === 'media' && !this.local)
      this.emit('media-status-changed', { kind: event.kind, newStatus: event.on });
    else if (event.type === 'publisher-paused' && !this.local)
      this.streamOf(event.kind)?.setPause('publisher', event.paused);
    else if (event.type === 'connection') this.emit('connection-quality-changed', event.quality);
    else if (event.type === 'reconnecting') this.emit('reconnecting-changed', event.reconnecting);
  }

  /** @internal */
  onReceiveChanged(
    kind: StreamKind,
    quality: Quality | undefined,
    pause: ReceiveChanged_Pause,
    layer: ReceivedLayer,
  ): void {
    this.layers.set(kind, layer);
    const starved = pause === ReceiveChanged_Pause.BY_BANDWIDTH;
    if (starved) this.starved_.add(kind);
    else this.starved_.delete(kind);
    this.streamOf(kind)?.setPause('bandwidth', starved);
    const previous = this.received_.get(kind);
    if (!quality || quality === previous) return;
    this.received_.set(kind, quality);
    if (kind === 'video') this.emit('video-quality-changed', { currentQuality: quality, prevQuality: previous });
  }

  private streamPort(kind: StreamKind): StreamPort {
    const { own, wishes } = this.port_;
    if (this.local) {
      return {
        codec: () => own.codec(kind),
        displaySurface: () => (kind === 'share' ? own.displaySurface() : ''),
        setPaused: async (paused) => {
          await own.setPaused(kind, paused);
          return paused;
        },
        setView: () => {},
        setQuality: () => {},
      };
    }
    return {
      codec: () => this.member_.streams.get(kind)?.codec ?? '',
      displaySurface: () => this.member_.streams.get(kind)?.displaySurface ?? '',
      setPaused: async (paused) => this.port_.setReceivePaused(this.id, kind, paused),
      setView: (view) => wishes.setView(this.id, kind, view ?? { width: 0, height: 0, visible: true }),
      setQuality: (quality) => wishes.setQuality(this.id, kind, quality),
    };
  }

  private announcePause(kind: StreamKind, reason: PauseReason, paused: boolean): void {
    this.emit(paused ? 'stream-paused' : 'stream-resumed', { kind, reason });
  }

  private isOn(kind: StreamKind): boolean {
    return this.local ? this.streamOf(kind) !== undefined : this.member_.streams.has(kind);
  }

  private async switchMedia(source: Source.AUDIO | Source.VIDEO, enable: boolean): Promise<void> {
    const { own } = this.port_;
    if (this.local) return source === Source.AUDIO ? own.setMic(enable) : own.setWebcam(enable);
    await this.port_.request({ case: 'remoteMedia', value: { participantId: this.id, source, enable } });
  }

  private async setPin(type: PinType, pinned: boolean): Promise<void> {
    await this.port_.request({ case: 'pin', value: { participantId: this.id, target: pinTarget(type), pinned } });
  }

  private setQualityOf(kind: StreamKind, quality: Quality): void {
    if (!['low', 'med', 'high'].includes(quality)) {
      throw new ParleyError(ErrorCode.BAD_PARAMETER, `"${quality}" is not low, med or high.`);
    }
    if (!this.local) this.port_.wishes.setQuality(this.id, kind, quality);
  }

  private async withLayers(kind: StreamKind): Promise<VideoStats[]> {
    const stats = await this.port_.videoStats(this.id, kind);
    const layer = this.layers.get(kind);
    if (this.local || !layer) return stats;
    const wanted = { auto: undefined, low: 0, med: 1, high: 2 }[this.port_.wishes.quality(this.id, kind)];
    return stats.map((entry) => ({
      ...entry,
      currentSpatialLayer: layer.spatial,
      currentTemporalLayer: layer.temporal,
      preferredSpatialLayer: wanted,
    }));
  }
}

function asQuality(quality: MaxQuality): Quality {
  return quality === 'auto' ? 'high' : quality;
}
