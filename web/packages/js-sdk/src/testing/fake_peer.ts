import { FakeTrack } from './fake_media.js';

export class FakeSender {
  track: FakeTrack | null = null;
  parameters: RTCRtpSendParameters;
  report = new Map<string, unknown>();

  constructor(encodings: RTCRtpEncodingParameters[]) {
    this.parameters = { encodings, transactionId: '1', codecs: [], headerExtensions: [], rtcp: {} };
  }
  async replaceTrack(track: FakeTrack | null): Promise<void> {
    this.track = track;
  }
  getParameters(): RTCRtpSendParameters {
    return structuredClone(this.parameters);
  }
  async setParameters(parameters: RTCRtpSendParameters): Promise<void> {
    if (parameters.encodings.length !== this.parameters.encodings.length)
      throw new Error('the number of encodings is fixed');
    this.parameters = structuredClone(parameters);
  }
  async getStats(): Promise<Map<string, unknown>> {
    return this.report;
  }
}

export class FakeTransceiver {
  mid: string | null = null;
  readonly sender: FakeSender;
  readonly receiver: { track: FakeTrack; getStats: () => Promise<Map<string, unknown>>; report: Map<string, unknown> };
  preferences: RTCRtpCodec[] = [];

  constructor(
    readonly kind: 'audio' | 'video',
    public direction: RTCRtpTransceiverDirection,
    encodings: RTCRtpEncodingParameters[],
  ) {
    this.sender = new FakeSender(encodings);
    const report = new Map<string, unknown>();
    this.receiver = { track: new FakeTrack(kind), getStats: async () => report, report };
  }
  setCodecPreferences(codecs: RTCRtpCodec[]): void {
    this.preferences = codecs;
  }
}

/** A peer connection that keeps the rules of offers and answers and moves no media. */
export class FakePeer extends EventTarget {
  readonly transceivers: FakeTransceiver[] = [];
  signalingState: RTCSignalingState = 'stable';
  connectionState: RTCPeerConnectionState = 'new';
  iceConnectionState: RTCIceConnectionState = 'new';
  localDescription: RTCSessionDescriptionInit | null = null;
  readonly offers: { iceRestart: boolean; lines: number }[] = [];
  readonly answers: string[] = [];
  readonly report = new Map<string, unknown>();
  /** Made to fail on purpose. */
  refuseScalability = false;
  refuseAnswer = false;

  addTransceiver(kind: 'audio' | 'video', init: RTCRtpTransceiverInit = {}): FakeTransceiver {
    const encodings = init.sendEncodings ?? [{}];
    const scalable = encodings.some((encoding) =>
      /^L[23]/.test((encoding as { scalabilityMode?: string }).scalabilityMode ?? ''),
    );
    if (this.refuseScalability && scalable) throw new DOMException('no such mode', 'OperationError');
    const transceiver = new FakeTransceiver(kind, init.direction ?? 'sendrecv', structuredClone(encodings));
    this.transceivers.push(transceiver);
    return transceiver;
  }
  getTransceivers(): FakeTransceiver[] {
    return this.transceivers;
  }
  async createOffer(options: RTCOfferOptions = {}): Promise<RTCSessionDescriptionInit> {
    this.offers.push({ iceRestart: options.iceRestart ?? false, lines: this.transceivers.length });
    const lines = this.transceivers.map(({ kind, direction }, index) =>
      [
        `m=${kind} 9 UDP/TLS/RTP/SAVPF 111`,
        `a=mid:${index}`,
        `a=${direction}`,
        'a=rtpmap:111 opus/48000/2',
        'a=fmtp:111 useinbandfec=1',
        '',
      ].join('\r\n'),
    );
    return { type: 'offer', sdp: `v=0\r\n${lines.join('')}` };
  }
  async setLocalDescription(description: RTCSessionDescriptionInit): Promise<void> {
    if (description.type === 'rollback') {
      if (this.signalingState !== 'have-local-offer') throw new Error('nothing to roll back');
      this.signalingState = 'stable';
      return;
    }
    this.localDescription = description;
    this.signalingState = 'have-local-offer';
    this.transceivers.forEach((transceiver, index) => (transceiver.mid ??= String(index)));
  }
  async setRemoteDescription({ sdp }: RTCSessionDescriptionInit): Promise<void> {
    if (this.signalingState !== 'have-local-offer') throw new Error('an answer without an offer');
    if (this.refuseAnswer) throw new Error('a bad answer');
    this.answers.push(sdp ?? '');
    this.signalingState = 'stable';
  }
  async getStats(): Promise<Map<string, unknown>> {
    return this.report;
  }
  close(): void {
    this.signalingState = 'closed';
    this.connectionState = 'closed';
  }

  become(state: RTCPeerConnectionState): void {
    this.connectionState = state;
    if (state === 'connected') {
      this.iceConnectionState = 'connected';
      this.dispatchEvent(new Event('iceconnectionstatechange'));
    }
    this.dispatchEvent(new Event('connectionstatechange'));
  }
}
