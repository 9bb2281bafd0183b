import type { ClientBody, ServerBody, ServerMessage } from '@parley/wire';
import type {
  Egress,
  EgressConfig,
  HlsState,
  HlsUrls,
  LivestreamOutput,
  LivestreamState,
  RecordingConfig,
  RecordingState,
  TranscriptionOptions,
} from '../api/egress.js';
import type { Meeting, MeetingEvents } from '../api/meeting.js';
import type { MeetingOptions } from '../api/parley.js';
import type {
  Decision,
  JoinTimings,
  LeaveInfo,
  MediaDevice,
  MeetingState,
  Mode,
  PinState,
  Quality,
  StreamKind,
  StreamKindOrAll,
} from '../api/values.js';
import type { Browser } from '../browser/adapter.js';
import { Emitter } from '../emitter.js';
import { ErrorCode, ParleyError } from '../errors.js';
import type { MediaSession } from '../media/session.js';
import { kindOf, sourceOf, wireMode } from '../room/convert.js';
import { hlsUrlsOf, latest, stateOf } from '../room/egress.js';
import { kKinds } from '../room/state.js';
import { encodingOf } from '../tracks/encoding.js';
import { listDevices } from '../tracks/devices.js';
import { RoomConnection } from './connection.js';
import { fromData, toData } from './data.js';
import { EgressControl } from './egress_control.js';
import { hlsOptions, layoutWish, livestreamOptions, recordingOptions } from './egress_options.js';
import { watchHealth } from './health_watch.js';
import { LocalMedia } from './local_media.js';
import type { RoomParticipant } from './participant.js';
import { Reception } from './reception.js';
import { Reports } from './reports.js';
import { Roster } from './roster.js';
import { Topics } from './topics.js';
import { signallingUrl } from './url.js';

export const kSdkVersion = '0.1.0';

export interface MeetingInit {
  browser: Browser;
  token: string;
  serverUrl: string;
  options: MeetingOptions & { mode: Mode };
}

/** The meeting as applications see it: joins the parts, translates between their words and the public ones. */
export class RoomMeeting extends Emitter<MeetingEvents> implements Meeting {
  readonly transcriptionState = 'TRANSCRIPTION_STOPPED';
  readonly isE2EEEnabled = false;
  readonly pubSub: Topics;
  private readonly browser_: Browser;
  private readonly options_: MeetingInit['options'];
  private readonly connection_: RoomConnection;
  private readonly roster_: Roster;
  private readonly local_: LocalMedia;
  private readonly reception_: Reception;
  private readonly reports_: Reports;
  private readonly egress_: EgressControl;
  private id_: string;
  private sessionId_ = '';
  private permissions_: readonly string[] = [];
  private joinedOnce_ = false;
  private stopListening_: (() => void)[] = [];
  private stopWatching_ = () => {};

  constructor(private readonly init_: MeetingInit) {
    super();
    const { browser, options, serverUrl } = init_;
    this.browser_ = browser;
    this.options_ = options;
    this.id_ = options.meetingId;
    this.pubSub = new Topics(
      browser,
      (body) => this.request(body),
      (topic, message, payload) => this.followLayout(topic, message, payload),
    );
    this.egress_ = new EgressControl({
      request: (body) => this.request(body),
      onStarted: (reply) => this.roster_.receive(reply),
    });
    this.reception_ = new Reception(browser, options.autoConsume ?? true, {
      send: (body) => this.connection_.signalling?.send(body),
      request: (body) => this.request(body),
      participants: () => this.participants.values(),
      syncStreams: () => this.roster_.syncStreams(),
    });
    this.reports_ = new Reports(
      () => this.connection_.media,
      (id, kind) => this.roster_.find(id)?.streamOf(kind),
    );
    this.connection_ = new RoomConnection(browser, {
      url: signallingUrl(options.signalingBaseUrl ?? serverUrl),
      mode: () => this.roster_.state.self.mode,
      mediaOptions: () => ({ protocol: options.preferredProtocol ?? 'UDP_OVER_TCP', cameraCodec: this.cameraCodec() }),
      join: () => this.makeJoin(),
    });
    this.local_ = this.makeLocalMedia();
    this.roster_ = this.makeRoster();
    this.listen();
  }

  get id(): string {
    return this.id_;
  }
  get sessionId(): string {
    return this.sessionId_;
  }
  get state(): MeetingState {
    return this.connection_.state;
  }
  get localParticipant(): RoomParticipant {
    return this.roster_.local;
  }
  get participants(): ReadonlyMap<string, RoomParticipant> {
    return this.roster_.participants;
  }
  get activeSpeakerId(): string | null {
    return this.roster_.state.speaker;
  }
  get activePresenterId(): string | null {
    return this.roster_.state.presenter;
  }
  get mainParticipantId(): string | null {
    return this.roster_.state.main;
  }
  get pinnedParticipants(): ReadonlyMap<string, PinState> {
    const everyone = [this.roster_.state.self, ...this.roster_.state.others.values()];
    return new Map(everyone.filter(({ pin }) => pin.cam || pin.share).map(({ id, pin }) => [id, pin]));
  }
  get permissions(): readonly string[] {
    return this.permissions_;
  }
  get joinTimings(): Readonly<JoinTimings> {
    return this.connection_.timings;
  }
  get selectedCameraDevice(): Partial<MediaDevice> {
    return this.local_.device('video');
  }
  get selectedMicrophoneDevice(): Partial<MediaDevice> {
    return this.local_.device('audio');
  }

  get recordingState(): RecordingState {
    return stateOf(this.roster_.state.egress, 'recording') as RecordingState;
  }
  get livestreamState(): LivestreamState {
    return stateOf(this.roster_.state.egress, 'livestream') as LivestreamState;
  }
  get hlsState(): HlsState {
    return stateOf(this.roster_.state.egress, 'hls') as HlsState;
  }
  get hlsUrls(): HlsUrls {
    return hlsUrlsOf(latest(this.roster_.state.egress, 'hls'));
  }
  get egresses(): ReadonlyMap<string, Egress> {
    return this.roster_.state.egress.running;
  }

  // ---- life ------------------------------------------------------------------------------------------------------

  async join(): Promise<void> {
    if (this.state !== 'IDLE') throw new ParleyError(ErrorCode.ALREADY_IN_STATE, 'join() was called before.');
    this.stopListening_.push(
      this.browser_.onPageHide(() => this.connection_.leaveNow()),
      this.browser_.onNetworkChange(() => this.connection_.onNetworkChange()),
    );
    this.local_.adoptCustomTracks();
    const joined = this.connection_.join();
    void this.local_.openInitial(joined);
    await joined;
  }

  async leave(): Promise<void> {
    await this.connection_.leave();
  }

  async end(): Promise<void> {
    await this.request({ case: 'endMeeting', value: {} });
  }

  async changeMode(mode: Mode): Promise<void> {
    if (!['SEND_AND_RECV', 'RECV_ONLY', 'SIGNALLING_ONLY'].includes(mode)) {
      throw new ParleyError(ErrorCode.BAD_MODE, `There is no mode "${String(mode)}".`);
    }
    const before = this.roster_.state.self.mode;
    if (mode === before) return;
    if (mode !== 'SEND_AND_RECV') for (const kind of kKinds) await this.local_.forceOff(kind);
    await this.connection_.switchMedia((media) => this.sayMode(mode, media), mode !== 'SIGNALLING_ONLY');
    if (this.roster_.state.self.mode !== mode) {
      this.roster_.patchSelf({ mode });
      this.emit('participant-mode-changed', { participantId: this.localParticipant.id, mode });
    }
    this.roster_.syncStreams();
  }

  async respondEntry(participantId: string, decision: Decision): Promise<void> {
    if (decision !== 'allowed' && decision !== 'denied') {
      throw new ParleyError(ErrorCode.BAD_PARAMETER, 'A decision is "allowed" or "denied".');
    }
    await this.request({ case: 'respondEntry', value: { participantId, allow: decision === 'allowed' } });
  }

  // ---- own media -------------------------------------------------------------------------------------------------

  muteMic(): Promise<void> {
    return this.local_.disable('audio');
  }
  async unmuteMic(track?: MediaStream | MediaStreamTrack): Promise<void> {
    this.requireJoined();
    await this.local_.enable('audio', track);
  }
  toggleMic(track?: MediaStream | MediaStreamTrack): Promise<void> {
    return this.local_.isOn('audio') ? this.muteMic() : this.unmuteMic(track);
  }
  async enableWebcam(track?: MediaStream | MediaStreamTrack): Promise<void> {
    this.requireJoined();
    await this.local_.enable('video', track);
  }
  disableWebcam(): Promise<void> {
    return this.local_.disable('video');
  }
  toggleWebcam(track?: MediaStream | MediaStreamTrack): Promise<void> {
    return this.local_.isOn('video') ? this.disableWebcam() : this.enableWebcam(track);
  }
  async enableScreenShare(track?: MediaStream): Promise<void> {
    this.requireJoined();
    await this.local_.enableShare(track);
  }
  disableScreenShare(): Promise<void> {
    return this.local_.disableShare();
  }
  toggleScreenShare(track?: MediaStream): Promise<void> {
    return this.local_.isOn('share') ? this.disableScreenShare() : this.enableScreenShare(track);
  }
  changeMic(deviceOrStream: string | MediaStream): Promise<void> {
    return this.local_.change('audio', deviceOrStream);
  }
  changeWebcam(deviceOrStream: string | MediaStream): Promise<void> {
    return this.local_.change('video', deviceOrStream);
  }
  replaceWebcamStream(stream: MediaStream): Promise<void> {
    return this.local_.change('video', stream);
  }
  async setWebcamQuality(quality: Quality): Promise<void> {
    if (!['low', 'med', 'high'].includes(quality)) {
      throw new ParleyError(ErrorCode.BAD_PARAMETER, `"${String(quality)}" is not low, med or high.`);
    }
    await this.local_.setSendQuality(quality);
  }
  getMics(): Promise<MediaDevice[]> {
    return listDevices(this.browser_, 'audioinput');
  }
  getWebcams(): Promise<MediaDevice[]> {
    return listDevices(this.browser_, 'videoinput');
  }

  // ---- receiving and data ----------------------------------------------------------------------------------------

  async pauseAllStreams(kind: StreamKindOrAll = 'all'): Promise<void> {
    await this.reception_.pauseAll(kind, true);
    this.emit('paused-all-streams', { kind });
  }
  async resumeAllStreams(kind: StreamKindOrAll = 'all'): Promise<void> {
    await this.reception_.pauseAll(kind, false);
    this.emit('resumed-all-streams', { kind });
  }

  async send(
    payload: string | Blob | ArrayBuffer | ArrayBufferView,
    options: { reliability?: 'RELIABLE' | 'UNRELIABLE' } = {},
  ): Promise<void> {
    this.requireJoined();
    if (this.roster_.state.self.mode !== 'SEND_AND_RECV') {
      throw new ParleyError(ErrorCode.NOT_IN_THIS_MODE, 'Only SEND_AND_RECV participants send data.');
    }
    const unreliable = options.reliability === 'UNRELIABLE';
    await this.request({ case: 'sendData', value: { ...(await toData(payload)), unreliable } });
  }

  // ---- recordings, livestreams, HLS ------------------------------------------------------------------------------

  async startRecording(
    webhookUrl?: string | null,
    awsDirPath?: string | null,
    config?: RecordingConfig | null,
    transcription?: TranscriptionOptions | null,
  ): Promise<Egress> {
    return this.egress_.start('recording', recordingOptions(webhookUrl, awsDirPath, config, transcription));
  }
  stopRecording(id?: string): Promise<void> {
    return this.egress_.stop('recording', id);
  }
  pauseRecording(id?: string): Promise<void> {
    return this.egress_.pause(true, id);
  }
  resumeRecording(id?: string): Promise<void> {
    return this.egress_.pause(false, id);
  }
  updateRecording(config: EgressConfig, id?: string): Promise<void> {
    return this.egress_.configure('recording', config, id);
  }
  async startLivestream(outputs: readonly LivestreamOutput[], config?: EgressConfig | null): Promise<Egress> {
    return this.egress_.start('livestream', livestreamOptions(outputs, config));
  }
  stopLivestream(id?: string): Promise<void> {
    return this.egress_.stop('livestream', id);
  }
  updateLivestream(config: EgressConfig, id?: string): Promise<void> {
    return this.egress_.configure('livestream', config, id);
  }
  addLivestreamOutputs(outputs: readonly LivestreamOutput[], id?: string): Promise<void> {
    return this.egress_.addOutputs(outputs, id);
  }
  removeLivestreamOutputs(outputIds: readonly string[], id?: string): Promise<void> {
    return this.egress_.removeOutputs(outputIds, id);
  }
  async startHls(config?: EgressConfig | null, transcription?: TranscriptionOptions | null): Promise<Egress> {
    return this.egress_.start('hls', hlsOptions(config, transcription));
  }
  stopHls(id?: string): Promise<void> {
    return this.egress_.stop('hls', id);
  }
  updateHls(config: EgressConfig, id?: string): Promise<void> {
    return this.egress_.configure('hls', config, id);
  }

  /** VideoSDK's way to change a layout is a message on a topic. */
  private async followLayout(topic: string, message: string, payload?: Record<string, unknown>): Promise<void> {
    const wish = layoutWish(topic, message, payload);
    if (wish) await this.egress_.follow(wish.kind, wish.layout, latest(this.roster_.state.egress, wish.kind)?.id);
  }

  // ---- the parts -------------------------------------------------------------------------------------------------

  private request(body: ClientBody): Promise<ServerBody> {
    const { signalling } = this.connection_;
    if (signalling) return signalling.request(body);
    const code = this.state === 'RECONNECTING' ? ErrorCode.RECONNECTING : ErrorCode.NOT_JOINED;
    return Promise.reject(new ParleyError(code, 'There is no connection with the meeting.'));
  }

  private requireJoined(): void {
    if (!this.joinedOnce_) throw new ParleyError(ErrorCode.NOT_JOINED, 'The meeting is not joined yet.');
  }

  private makeJoin() {
    const { meetingId, participantId, name = '', metaData } = this.options_;
    return {
      token: this.init_.token,
      roomId: meetingId,
      participantId: this.localParticipant.id || (participantId ?? ''),
      displayName: name,
      metaDataJson: metaData ? JSON.stringify(metaData) : '',
      publishes: this.local_.states().map(({ kind, ...state }) => ({ ...state, source: sourceOf(kind) })),
      device: { sdkType: 'js', sdkVersion: kSdkVersion, ...this.browser_.describeDevice() },
    };
  }

  private makeLocalMedia(): LocalMedia {
    return new LocalMedia(this.browser_, this.options_, {
      mode: () => this.roster_.state.self.mode,
      publish: async (kind, publication) => {
        const { media } = this.connection_;
        if (!media && publication) throw new ParleyError(ErrorCode.MEDIA_NOT_READY, 'There is no media connection.');
        await media?.publish(kind, publication);
      },
      limitLayers: async (kind, maxLayer) => this.connection_.media?.limitLayers(kind, maxLayer),
      announce: async ({ kind, ...state }) => {
        await this.request({ case: 'publish', value: { ...state, source: sourceOf(kind) } });
      },
      onTrack: (kind, track) => this.roster_.setLocalTrack(kind, track),
      onError: (error) => this.emit('error', error),
    });
  }

  private makeRoster(): Roster {
    const { participantId = '', name = '', metaData = {}, mode } = this.options_;
    const identity = { id: participantId, displayName: name, metaData, mode };
    const own = {
      setMic: (on: boolean) => (on ? this.unmuteMic() : this.muteMic()),
      setWebcam: (on: boolean) => (on ? this.enableWebcam() : this.disableWebcam()),
      setPaused: (kind: StreamKind, paused: boolean) => this.local_.setPaused(kind, paused),
      codec: (kind: StreamKind) => this.local_.codec(kind),
      displaySurface: () => this.local_.displaySurface(),
      leave: () => this.leave(),
    };
    return new Roster(
      identity,
      {
        request: (body) => this.request(body),
        own,
        wishes: this.reception_.wishes,
        consume: (id, kind, wanted) => this.reception_.consume(id, kind, wanted),
        audioStats: (id, kind) => this.reports_.audio(id, kind),
        videoStats: (id, kind) => this.reports_.video(id, kind),
        transportStats: () => this.reports_.transport(),
        pixelRatio: globalThis.devicePixelRatio || 1,
        reportError: (error) => this.emit('error', error),
        media: () => this.connection_.media,
        isConsumed: (id, kind) => this.reception_.isConsumed(id, kind),
        isHeld: (id, kind) => this.reception_.isHeld(id, kind),
        setReceivePaused: (id, kind, paused) => this.reception_.setPaused(id, kind, paused),
        onLeft: (id) => this.reception_.onLeft(id),
      },
      this,
    );
  }

  private listen(): void {
    this.on('participant-joined', ({ id }) => this.reception_.onJoined(id));
    const { connection_: connection } = this;
    connection.on('state', (state) => this.emit('meeting-state-changed', { state }));
    connection.on('entry-pending', () => this.emit('entry-pending'));
    connection.on('error', (error) => this.emit('error', error));
    connection.on('left', (reason) => this.onLeft(reason));
    connection.on('message', (message) => this.receive(message));
    connection.on('media', (media) => void this.onMedia(media));
    connection.on('joined', (joined) => {
      this.id_ = joined.roomId;
      this.sessionId_ = joined.sessionId;
      this.permissions_ = joined.permissions;
      const first = !this.joinedOnce_;
      this.joinedOnce_ = true;
      this.roster_.onJoined(joined, () => first && this.emit('meeting-joined'));
      if (!first) void this.sayAgain(true);
    });
    connection.on('resumed', ({ replayed, room, seats }) => {
      if (!replayed && room) this.roster_.onSnapshot(room, seats);
      void this.sayAgain(false);
    });
  }

  private onLeft(reason: LeaveInfo): void {
    for (const stop of this.stopListening_.splice(0)) stop();
    this.local_.close();
    this.reception_.close();
    this.pubSub.close();
    this.roster_.clear();
    if (this.joinedOnce_) this.emit('meeting-left', reason);
  }

  /** A request may have been lost with the socket; a new session knows only what the Join said. */
  private async sayAgain(newSession: boolean): Promise<void> {
    this.reception_.sayAgain();
    const { signalling } = this.connection_;
    for (const { kind, ...state } of this.local_.states()) {
      signalling?.send({ case: 'publish', value: { ...state, source: sourceOf(kind) } });
    }
    if (newSession) {
      await this.pubSub.resubscribe().catch((error: unknown) => {
        this.emit('error', ParleyError.from(error, ErrorCode.RECONNECTING, 'Topics could not be subscribed again'));
      });
      return;
    }
    for (const kind of kKinds) {
      if (!this.local_.isOn(kind))
        signalling?.send({ case: 'publish', value: { source: sourceOf(kind), enabled: false } });
    }
  }

  private async onMedia(media: MediaSession | undefined): Promise<void> {
    this.stopWatching_();
    this.local_.forgetWantedLayers();
    if (!media) return;
    this.stopWatching_ = watchHealth(
      this.browser_,
      media,
      () => this.reception_.flowing(),
      ({ streams, limitations }) => {
        for (const [trackId, state] of streams) this.roster_.streamOfTrack(trackId)?.setState(state);
        for (const change of limitations)
          this.emit('quality-limitation', { ...change, timestamp: this.browser_.utcNow() });
      },
    );
    for (const [kind, publication] of this.local_.publications()) await media.publish(kind, publication);
  }

  private async sayMode(mode: Mode, media: MediaSession | undefined): Promise<void> {
    const offer = await media?.firstOffer();
    const reply = await this.request({ case: 'changeMode', value: { mode: wireMode(mode), offer } });
    if (!media) return;
    if (reply.case !== 'negotiated')
      throw new ParleyError(ErrorCode.MEDIA_CONNECTION_FAILED, 'No answer to the offer.');
    this.roster_.receive(reply);
    await media.start(reply.value.answerSdp, (next) => this.connection_.exchangeOffer(next));
  }

  private cameraCodec() {
    const [track] = this.options_.customCameraVideoTrack?.getVideoTracks() ?? [];
    const published = this.local_.publications().find(([kind]) => kind === 'video')?.[1].encoding;
    const encoding = published ?? (track && encodingOf(track));
    return encoding?.type === 'video' ? encoding.codec : 'VP8';
  }

  private receive({ body }: Pick<ServerMessage, 'body'>): void {
    switch (body.case) {
      case 'seatsWanted':
        return this.connection_.media?.wantSeats(body.value.main, body.value.share);
      case 'mediaState':
        return this.connection_.onMediaState(body.value);
      case 'layersWanted':
        return void this.local_.setWantedLayer(kindOf(body.value.source), Math.max(0, body.value.maxLayer));
      case 'pubsubMessages':
        return this.pubSub.receive(body.value.messages);
      case 'dataReceived': {
        const { from, timestampMs, unreliable } = body.value;
        const reliability = unreliable ? 'UNRELIABLE' : 'RELIABLE';
        return this.emit('data', { payload: fromData(body.value), from, timestamp: Number(timestampMs), reliability });
      }
      case 'entryRequested': {
        const { participantId, displayName: name } = body.value;
        const allow = () => this.respondEntry(participantId, 'allowed');
        return this.emit('entry-requested', {
          participantId,
          name,
          allow,
          deny: () => this.respondEntry(participantId, 'denied'),
        });
      }
      case 'entryResponded':
        return this.emit('entry-responded', body.value.participantId, body.value.allowed ? 'allowed' : 'denied');
      case 'remoteMediaRequested':
        return this.onMediaRequested(body.value.participantId, kindOf(body.value.source));
      case 'remoteMediaResponded': {
        const { participantId, source, accepted } = body.value;
        const kind = kindOf(source) === 'audio' ? 'audio' : 'video';
        return this.emit('media-request-responded', { participantId, kind, accepted });
      }
      case 'remoteMediaForced':
        return void this.local_.forceOff(kindOf(body.value.source));
      default:
        this.roster_.receive(body);
    }
  }

  private onMediaRequested(participantId: string, kind: StreamKind): void {
    const respond = async (accept: boolean) => {
      await this.request({
        case: 'respondRemoteMedia',
        value: { requestedBy: participantId, source: sourceOf(kind), accept },
      });
      if (accept) await (kind === 'audio' ? this.unmuteMic() : this.enableWebcam());
    };
    const request = { participantId, accept: () => respond(true), reject: () => respond(false) };
    this.emit(kind === 'audio' ? 'mic-requested' : 'webcam-requested', request);
  }
}
