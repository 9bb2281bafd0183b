/**
 * All that the SDK wants of the browser, so that everything else runs in a test without one. `window.ts` is the real one,
 * `../testing/fake_browser.ts` the one for tests.
 */

export interface SocketHandlers {
  onOpen(): void;
  onMessage(bytes: Uint8Array): void;
  /** Once, also when opening failed. */
  onClose(code: number, reason: string): void;
}

export interface Socket {
  send(bytes: Uint8Array): void;
  close(): void;
}

/** The part of RTCPeerConnection in use. */
export type Peer = Pick<
  RTCPeerConnection,
  | 'addTransceiver'
  | 'createOffer'
  | 'setLocalDescription'
  | 'setRemoteDescription'
  | 'localDescription'
  | 'signalingState'
  | 'connectionState'
  | 'iceConnectionState'
  | 'getStats'
  | 'getTransceivers'
  | 'addEventListener'
  | 'close'
>;

/** Time in milliseconds from any start, and one-shot timers. */
export interface Clock {
  now(): number;
  /** The answer cancels. */
  after(milliseconds: number, action: () => void): () => void;
}

export interface Browser extends Clock {
  /** 0 ≤ x < 1 */
  random(): number;
  /** UTC milliseconds */
  utcNow(): number;
  openSocket(url: string, handlers: SocketHandlers): Socket;

  createPeer(configuration: RTCConfiguration): Peer;
  /** Empty where the browser cannot tell. */
  codecs(direction: 'send' | 'receive', kind: 'audio' | 'video'): RTCRtpCodec[];

  getUserMedia(constraints: MediaStreamConstraints): Promise<MediaStream>;
  /** Undefined where it does not exist, e.g. on phones. */
  readonly getDisplayMedia: ((options: DisplayMediaStreamOptions) => Promise<MediaStream>) | undefined;
  enumerateDevices(): Promise<MediaDeviceInfo[]>;
  /** "prompt" where the browser cannot tell. */
  permission(name: 'camera' | 'microphone'): Promise<PermissionState>;
  createMediaStream(tracks: MediaStreamTrack[]): MediaStream;

  onDeviceChange(listener: () => void): () => void;
  onPageHide(listener: () => void): () => void;
  onNetworkChange(listener: () => void): () => void;

  describeDevice(): { platform: string; userAgent: string };
}
