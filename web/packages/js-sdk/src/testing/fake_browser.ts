import type { Browser, Peer, Socket, SocketHandlers } from '../browser/adapter.js';
import { parseClient, serializeServer } from '@parley/wire';
import type { ClientMessage, MessageInitShape, ServerMessageSchema } from '@parley/wire';
import { FakeClock } from './fake_clock.js';
import { FakeStream, asStream, camera, microphone } from './fake_media.js';
import type { FakeTrack } from './fake_media.js';
import { FakePeer } from './fake_peer.js';

export type ServerInit = MessageInitShape<typeof ServerMessageSchema>;

export type ClientCase = NonNullable<ClientMessage['body']['case']>;
export type ClientValue<Case extends ClientCase> = Extract<ClientMessage['body'], { case: Case }>['value'];

/** The bodies of one kind. */
export function valuesOf<Case extends ClientCase>(messages: readonly ClientMessage[], kind: Case): ClientValue<Case>[] {
  return messages.flatMap(({ body }) => (body.case === kind ? [body.value as ClientValue<Case>] : []));
}

/** The server's end of a socket. */
export class FakeSocket implements Socket {
  readonly received: ClientMessage[] = [];
  closedByClient = false;
  /** Called for each message, for tests that answer as a server would. */
  onClientMessage: (message: ClientMessage) => void = () => {};

  constructor(
    readonly url: string,
    private readonly handlers_: SocketHandlers,
  ) {}

  send(bytes: Uint8Array): void {
    const message = parseClient(bytes);
    this.received.push(message);
    this.onClientMessage(message);
  }
  close(): void {
    this.closedByClient = true;
  }

  open(): void {
    this.handlers_.onOpen();
  }
  say(message: ServerInit): void {
    this.handlers_.onMessage(serializeServer(message));
  }
  sayBytes(bytes: Uint8Array): void {
    this.handlers_.onMessage(bytes);
  }
  cut(): void {
    this.handlers_.onClose(1006, '');
  }
  last(): ClientMessage {
    const message = this.received.at(-1);
    if (!message) throw new Error('nothing was said');
    return message;
  }
  /** Those of one kind, as `body.value`. */
  said<Case extends ClientCase>(kind: Case): ClientValue<Case>[] {
    return valuesOf(this.received, kind);
  }
}

const codec = (mimeType: string, sdpFmtpLine?: string): RTCRtpCodec => ({
  mimeType,
  clockRate: mimeType.startsWith('audio') ? 48000 : 90000,
  ...(sdpFmtpLine && { sdpFmtpLine }),
});

/** What Chromium 156 answers, shortened. */
export const kVideoCodecs: RTCRtpCodec[] = [
  codec('video/VP8'),
  codec('video/rtx'),
  codec('video/H264', 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f'),
  codec('video/H264', 'level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f'),
  codec('video/H264', 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f'),
  codec('video/AV1', 'level-idx=5;profile=0;tier=0'),
  codec('video/VP9', 'profile-id=0'),
  codec('video/VP9', 'profile-id=2'),
  codec('video/red'),
  codec('video/ulpfec'),
];
export const kAudioCodecs: RTCRtpCodec[] = [codec('audio/opus'), codec('audio/red'), codec('audio/PCMU')];

export class FakeBrowser extends FakeClock implements Browser {
  readonly sockets: FakeSocket[] = [];
  readonly peers: FakePeer[] = [];
  videoCodecs = kVideoCodecs;
  /** Opened by getUserMedia and getDisplayMedia, in order. */
  readonly captured: FakeTrack[] = [];
  readonly constraints: MediaStreamConstraints[] = [];
  captureError: DOMException | undefined;
  devices: MediaDeviceInfo[] = [];
  permissions: Partial<Record<string, PermissionState>> = {};
  private readonly listeners_ = {
    device: new Set<() => void>(),
    hide: new Set<() => void>(),
    network: new Set<() => void>(),
  };
  onSocket: (socket: FakeSocket) => void = () => {};

  random(): number {
    return 0;
  }
  utcNow(): number {
    return 1_763_800_000_000 + this.now();
  }
  openSocket(url: string, handlers: SocketHandlers): Socket {
    const socket = new FakeSocket(url, handlers);
    this.sockets.push(socket);
    queueMicrotask(() => this.onSocket(socket));
    return socket;
  }
  createPeer(): Peer {
    const peer = new FakePeer();
    this.peers.push(peer);
    return peer as unknown as Peer;
  }
  codecs(_direction: 'send' | 'receive', kind: 'audio' | 'video'): RTCRtpCodec[] {
    return kind === 'audio' ? kAudioCodecs : this.videoCodecs;
  }
  async getUserMedia(constraints: MediaStreamConstraints): Promise<MediaStream> {
    this.constraints.push(constraints);
    if (this.captureError) throw this.captureError;
    return this.capture(constraints.audio ? [microphone()] : [], constraints.video ? [camera()] : []);
  }
  getDisplayMedia: Browser['getDisplayMedia'] = async ({ audio }) => {
    if (this.captureError) throw this.captureError;
    const screen = camera(1920, 1080);
    screen.settings.displaySurface = 'window';
    return this.capture(audio ? [microphone()] : [], [screen]);
  };
  async enumerateDevices(): Promise<MediaDeviceInfo[]> {
    return this.devices;
  }
  async permission(name: string): Promise<PermissionState> {
    return this.permissions[name] ?? 'prompt';
  }
  createMediaStream(tracks: MediaStreamTrack[]): MediaStream {
    return new FakeStream(tracks as unknown as FakeTrack[]) as unknown as MediaStream;
  }
  onDeviceChange(listener: () => void): () => void {
    return this.listen('device', listener);
  }
  onPageHide(listener: () => void): () => void {
    return this.listen('hide', listener);
  }
  onNetworkChange(listener: () => void): () => void {
    return this.listen('network', listener);
  }
  describeDevice() {
    return { platform: 'test', userAgent: 'test' };
  }

  /** The world does something. */
  fire(what: 'device' | 'hide' | 'network'): void {
    for (const listener of [...this.listeners_[what]]) listener();
  }
  listenerCount(what: 'device' | 'hide' | 'network'): number {
    return this.listeners_[what].size;
  }
  get socket(): FakeSocket {
    return this.sockets.at(-1)!;
  }
  get peer(): FakePeer {
    return this.peers.at(-1)!;
  }

  private capture(...groups: FakeTrack[][]): MediaStream {
    const tracks = groups.flat();
    this.captured.push(...tracks);
    return asStream(...tracks);
  }
  private listen(what: 'device' | 'hide' | 'network', listener: () => void): () => void {
    this.listeners_[what].add(listener);
    return () => this.listeners_[what].delete(listener);
  }
}
