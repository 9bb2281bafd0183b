import type { MeetingOptions } from '../api/parley.js';
import type { MediaDevice, Mode, Quality, StreamKind } from '../api/values.js';
import type { Browser } from '../browser/adapter.js';
import { ErrorCode, ParleyError } from '../errors.js';
import { log } from '../log.js';
import { supports } from '../media/codecs.js';
import { defaultEncoding } from '../media/sender.js';
import type { Publication } from '../media/sender.js';
import { openCamera, openMicrophone, openScreen } from '../tracks/capture.js';
import { encodingOf, stopIfCaptured } from '../tracks/encoding.js';
import type { Encoding } from '../tracks/encoding.js';

/** No layer is higher. */
const kAllLayers = 2;
const kEndedCode: Record<StreamKind, number> = {
  audio: ErrorCode.MICROPHONE_TRACK_ENDED,
  video: ErrorCode.CAMERA_TRACK_ENDED,
  share: ErrorCode.SCREEN_SHARE_TRACK_ENDED,
  shareAudio: ErrorCode.SCREEN_SHARE_TRACK_ENDED,
};

export interface SourceState {
  readonly kind: StreamKind;
  readonly enabled: boolean;
  readonly paused: boolean;
  readonly displaySurface: string;
}

/** What the local media want of the meeting. */
export interface LocalMediaPort {
  mode(): Mode;
  /** Put it on the wire (or take it off). Throws if there is no media connection. */
  publish(kind: StreamKind, publication: Publication | undefined): Promise<void>;
  limitLayers(kind: StreamKind, maxLayer: number): Promise<void>;
  /** Tell the server; throws its refusal. */
  announce(state: SourceState): Promise<void>;
  onTrack(kind: StreamKind, track: MediaStreamTrack | undefined): void;
  onError(error: ParleyError): void;
}

interface Source {
  track: MediaStreamTrack;
  encoding: Encoding;
  /** Opened here, so that it may be opened again when it ends. */
  ownDevice: boolean;
  paused: boolean;
  stopListening: () => void;
}

type Supplied = MediaStream | MediaStreamTrack | undefined;

/** Microphone, camera and screen of this participant: on, off, changed, lost. One change of a source at a time. */
export class LocalMedia {
  private readonly sources_ = new Map<StreamKind, Source>();
  private readonly queues_ = new Map<StreamKind, Promise<unknown>>();
  private readonly wantedLayer_ = new Map<StreamKind, number>();
  private sendQuality_ = kAllLayers;
  private selected_: { audio: string | undefined; video: string | undefined } = { audio: undefined, video: undefined };

  constructor(
    private readonly browser_: Browser,
    private readonly options_: MeetingOptions,
    private readonly port_: LocalMediaPort,
  ) {}

  isOn(kind: StreamKind): boolean {
    return this.sources_.has(kind);
  }

  codec(kind: StreamKind): string {
    const encoding = this.sources_.get(kind)?.encoding;
    if (!encoding) return '';
    if (encoding.type === 'audio') return 'opus';
    return kind === 'share' && encoding.codec !== 'H264' ? 'VP8' : encoding.codec;
  }

  displaySurface(): string {
    return surfaceOf(this.sources_.get('share')?.track);
  }

  device(kind: 'audio' | 'video'): Partial<MediaDevice> {
    const track = this.sources_.get(kind)?.track;
    const deviceId = track?.getSettings().deviceId ?? this.selected_[kind];
    if (!deviceId) return {};
    return { deviceId, label: track?.label ?? '', kind: kind === 'audio' ? 'audioinput' : 'videoinput' };
  }

  /** What is on, for a Join or to say again after a reconnect. */
  states(): SourceState[] {
    return [...this.sources_].map(([kind, { track, paused }]) => this.state(kind, true, paused, track));
  }

  publications(): [StreamKind, Publication][] {
    return [...this.sources_]
      .filter(([, { paused }]) => !paused)
      .map(([kind, source]) => [kind, this.publication(kind, source)]);
  }

  /** What `micEnabled`, `webcamEnabled` and the custom tracks ask for. Ready tracks can go into the Join. */
  adoptCustomTracks(): void {
    const {
      micEnabled,
      webcamEnabled,
      customMicrophoneAudioTrack: audio,
      customCameraVideoTrack: video,
    } = this.options_;
    if (this.port_.mode() !== 'SEND_AND_RECV') return;
    if (micEnabled && audio) this.adoptIfGood('audio', audio);
    if (webcamEnabled && video) this.adoptIfGood('video', video);
  }

  /**
   * Opens what is to be on from the start and was not given as a track, while the meeting is being joined, and publishes it
   * then. Failures are events, not the end of the meeting.
   */
  async openInitial(joined: Promise<unknown>): Promise<void> {
    if (this.port_.mode() !== 'SEND_AND_RECV') return;
    const { micEnabled, webcamEnabled } = this.options_;
    const starts: Promise<void>[] = [];
    if (micEnabled && !this.isOn('audio')) starts.push(this.openThenPublish('audio', joined));
    if (webcamEnabled && !this.isOn('video')) starts.push(this.openThenPublish('video', joined));
    for (const result of await Promise.allSettled(starts)) {
      if (result.status === 'rejected')
        this.port_.onError(ParleyError.from(result.reason, ErrorCode.CAPTURE_FAILED, 'No media'));
    }
  }

  /** Does nothing if it is on already, unless there is a track to change to. */
  enable(kind: 'audio' | 'video', supplied?: Supplied): Promise<void> {
    return this.enqueue(kind, async () => {
      this.requireSending();
      if (this.isOn(kind) && !supplied) return;
      await this.turnOn(kind, supplied ? this.pick(kind, supplied) : await this.open(kind), !supplied);
    });
  }

  disable(kind: StreamKind): Promise<void> {
    return this.enqueue(kind, () => this.turnOff(kind, true));
  }

  /** A device id, or a stream of the application. Off: remembered for when it goes on. */
  change(kind: 'audio' | 'video', device: string | MediaStream): Promise<void> {
    return this.enqueue(kind, async () => {
      if (typeof device !== 'string') return this.turnOn(kind, this.pick(kind, device), false);
      this.selected_[kind] = device;
      const current = this.sources_.get(kind);
      if (!current) return;
      if (kind === 'video') stopIfCaptured(current.track); // Phones open one camera at a time.
      await this.turnOn(kind, await this.open(kind), true);
    });
  }

  enableShare(supplied?: MediaStream): Promise<void> {
    return this.enqueue('share', async () => {
      this.requireSending();
      if (this.isOn('share') && !supplied) return;
      const stream = supplied ?? (await openScreen(this.browser_, { withAudio: 'enable' }));
      const [sound] = stream.getAudioTracks();
      try {
        await this.turnOn('share', this.pick('share', stream), !supplied);
        if (sound) await this.turnOn('shareAudio', sound, !supplied);
      } catch (error) {
        for (const track of stream.getTracks()) stopIfCaptured(track);
        throw error;
      }
    });
  }

  disableShare(): Promise<void> {
    return this.enqueue('share', async () => {
      await this.turnOff('shareAudio', true);
      await this.turnOff('share', true);
    });
  }

  setPaused(kind: StreamKind, paused: boolean): Promise<void> {
    return this.enqueue(kind, async () => {
      const source = this.sources_.get(kind);
      if (!source || source.paused === paused) return;
      await this.port_.announce(this.state(kind, true, paused, source.track));
      source.paused = paused;
      await this.port_.publish(kind, paused ? undefined : this.publication(kind, source));
    });
  }

  /** The server says which layers are watched. */
  async setWantedLayer(kind: StreamKind, maxLayer: number): Promise<void> {
    this.wantedLayer_.set(kind, maxLayer);
    if (this.isOn(kind)) await this.port_.limitLayers(kind, this.maxLayer(kind));
  }

  /** The application says what it wants to send at most. */
  async setSendQuality(quality: Quality): Promise<void> {
    this.sendQuality_ = { low: 0, med: 1, high: kAllLayers }[quality];
    if (this.isOn('video')) await this.port_.limitLayers('video', this.maxLayer('video'));
  }

  /** The server has switched it off already (or the mode allows none). */
  async forceOff(kind: StreamKind): Promise<void> {
    await this.enqueue(kind, () => this.turnOff(kind, false));
  }

  /** A new connection with the server: nobody has said yet what is watched. */
  forgetWantedLayers(): void {
    this.wantedLayer_.clear();
  }

  close(): void {
    for (const kind of [...this.sources_.keys()]) this.release(kind);
  }

  // ---- one source ------------------------------------------------------------------------------------------------

  private enqueue<Result>(kind: StreamKind, action: () => Promise<Result>): Promise<Result> {
    const result = (this.queues_.get(kind) ?? Promise.resolve()).then(action, action);
    this.queues_.set(
      kind,
      result.catch(() => {}),
    );
    return result;
  }

  private openThenPublish(kind: 'audio' | 'video', joined: Promise<unknown>): Promise<void> {
    return this.enqueue(kind, async () => {
      const track = await this.open(kind);
      const inside = await joined.then(
        () => true,
        () => false,
      );
      if (inside) await this.turnOn(kind, track, true);
      else stopIfCaptured(track);
    });
  }

  private async turnOn(kind: StreamKind, track: MediaStreamTrack, ownDevice: boolean): Promise<void> {
    requireLive(kind, track);
    const previous = this.sources_.get(kind);
    const source: Source = {
      track,
      encoding: this.encoding(kind, track),
      ownDevice,
      paused: false,
      stopListening: () => {},
    };
    try {
      const told =
        previous && !previous.paused ? Promise.resolve() : this.port_.announce(this.state(kind, true, false, track));
      await Promise.all([this.port_.publish(kind, this.publication(kind, source)), told]);
    } catch (error) {
      if (ownDevice) stopIfCaptured(track);
      await this.port_.publish(kind, previous && this.publication(kind, previous)).catch(() => {});
      throw error;
    }
    previous?.stopListening();
    if (previous && previous.track !== track) stopIfCaptured(previous.track);
    this.adopt(kind, source);
  }

  private async turnOff(kind: StreamKind, tell: boolean): Promise<void> {
    const source = this.sources_.get(kind);
    if (!source) return;
    // It is off at once for the one who says so, whatever the server thinks.
    this.release(kind);
    await this.port_.publish(kind, undefined).catch((error: unknown) => log.debug('already off the wire', error));
    if (tell) await this.port_.announce(this.state(kind, false, false, source.track));
  }

  private adopt(kind: StreamKind, source: Source): void {
    const { track } = source;
    const onEnded = () => void this.onEnded(kind, track);
    track.addEventListener('ended', onEnded);
    source.stopListening = () => track.removeEventListener('ended', onEnded);
    this.sources_.set(kind, source);
    this.port_.onTrack(kind, track);
  }

  private adoptIfGood(kind: 'audio' | 'video', stream: MediaStream): void {
    try {
      const track = this.pick(kind, stream);
      requireLive(kind, track);
      this.adopt(kind, {
        track,
        encoding: this.encoding(kind, track),
        ownDevice: false,
        paused: false,
        stopListening: () => {},
      });
    } catch (error) {
      this.port_.onError(ParleyError.from(error, ErrorCode.BAD_TRACK_CONFIG, 'The custom track cannot be used'));
    }
  }

  private release(kind: StreamKind): void {
    const source = this.sources_.get(kind);
    if (!source) return;
    source.stopListening();
    this.sources_.delete(kind);
    stopIfCaptured(source.track);
    this.port_.onTrack(kind, undefined);
  }

  /** Unplugged, or ended by the browser's own button. A lost device is replaced by another one if there is any. */
  private async onEnded(kind: StreamKind, track: MediaStreamTrack): Promise<void> {
    if (this.sources_.get(kind)?.track !== track) return;
    if (kind === 'share')
      return void (await this.disableShare().catch((error: unknown) => log.debug('not told', error)));
    if (await this.replaceDevice(kind, track)) return;
    await this.disable(kind).catch((error: unknown) => log.debug('not told', error));
    const name = { audio: 'microphone', video: 'camera', share: 'screen share', shareAudio: 'screen sound' }[kind];
    if (kind !== 'shareAudio') this.port_.onError(new ParleyError(kEndedCode[kind], `The ${name} has ended.`));
  }

  private async replaceDevice(kind: StreamKind, ended: MediaStreamTrack): Promise<boolean> {
    if ((kind !== 'audio' && kind !== 'video') || !this.sources_.get(kind)?.ownDevice) return false;
    this.selected_[kind] = undefined;
    try {
      await this.enqueue(kind, async () => {
        if (this.sources_.get(kind)?.track === ended) await this.turnOn(kind, await this.open(kind), true);
      });
      return true;
    } catch (error) {
      log.info('no other device', error);
      return false;
    }
  }

  // ---- values ----------------------------------------------------------------------------------------------------

  private async open(kind: 'audio' | 'video'): Promise<MediaStreamTrack> {
    const { audio, video } = this.selected_;
    const { maxResolution, multiStream, defaultCamera } = this.options_;
    const stream =
      kind === 'audio'
        ? await openMicrophone(this.browser_, { microphoneId: audio })
        : await openCamera(this.browser_, {
            cameraId: video,
            encoderConfig: maxResolution === 'sd' ? 'h360p_w640p' : 'h720p_w1280p',
            multiStream: multiStream ?? true,
            facingMode: defaultCamera && (defaultCamera === 'back' ? 'environment' : 'user'),
          });
    return this.pick(kind, stream);
  }

  private pick(kind: StreamKind, supplied: MediaStream | MediaStreamTrack): MediaStreamTrack {
    const audio = kind === 'audio' || kind === 'shareAudio';
    const tracks = 'getTracks' in supplied ? supplied.getTracks() : [supplied];
    const track = tracks.find((candidate) => candidate.kind === (audio ? 'audio' : 'video'));
    if (track) return track;
    const code = audio ? ErrorCode.CUSTOM_AUDIO_TRACK_BAD : ErrorCode.CUSTOM_VIDEO_TRACK_BAD;
    throw new ParleyError(code, `The stream has no ${audio ? 'audio' : 'video'} track.`);
  }

  private encoding(kind: StreamKind, track: MediaStreamTrack): Encoding {
    const known = encodingOf(track);
    const fallback = defaultEncoding(kind);
    const encoding = known?.type === fallback.type ? known : fallback;
    if (encoding.type === 'audio') return encoding;
    const multiStream = encoding.multiStream && (kind !== 'video' || (this.options_.multiStream ?? true));
    if (kind !== 'video' || supports(this.browser_.codecs('send', 'video'), encoding.codec))
      return { ...encoding, multiStream };
    this.port_.onError(
      new ParleyError(ErrorCode.CODEC_UNSUPPORTED, `This browser cannot send ${encoding.codec}; VP8 is sent.`),
    );
    return { ...encoding, multiStream, codec: 'VP8' };
  }

  private publication(kind: StreamKind, { track, encoding }: Source): Publication {
    return { track, encoding, maxLayer: this.maxLayer(kind) };
  }

  private maxLayer(kind: StreamKind): number {
    const wanted = this.wantedLayer_.get(kind) ?? kAllLayers;
    return kind === 'video' ? Math.min(wanted, this.sendQuality_) : wanted;
  }

  private state(kind: StreamKind, enabled: boolean, paused: boolean, track: MediaStreamTrack): SourceState {
    return { kind, enabled, paused, displaySurface: kind === 'share' && enabled ? surfaceOf(track) : '' };
  }

  private requireSending(): void {
    if (this.port_.mode() !== 'SEND_AND_RECV') {
      throw new ParleyError(ErrorCode.NOT_IN_THIS_MODE, 'Only SEND_AND_RECV participants send.');
    }
  }
}

function requireLive(kind: StreamKind, track: MediaStreamTrack): void {
  if (track.readyState !== 'ended') return;
  const audio = track.kind === 'audio';
  throw new ParleyError(
    audio ? ErrorCode.CUSTOM_AUDIO_TRACK_ENDED : ErrorCode.CUSTOM_VIDEO_TRACK_ENDED,
    `The ${kind} track has ended.`,
  );
}

function surfaceOf(track: MediaStreamTrack | undefined): string {
  return track?.getSettings().displaySurface ?? '';
}
