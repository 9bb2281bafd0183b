import { SeatLine_Kind, Source } from '@parley/wire';
import type { ClientBody } from '@parley/wire';
import type { StreamKind, VideoCodec } from '../api/values.js';
import type { Browser, Peer } from '../browser/adapter.js';
import { log } from '../log.js';
import { kDefaultCamera, kDefaultShare, kRids, scalableEncoding, simulcastEncodings } from '../tracks/encoding.js';
import { audioPreferences, kReceiveCodecs, videoPreferences } from './codecs.js';

export type OfferInit = NonNullable<Extract<ClientBody, { case: 'renegotiate' }>['value']['offer']>;

/** Screens are shared in at most two layers. */
export const kShareRids = 2;
/** What addTransceiver is told before the picture is known; setParameters follows with the track. */
const kAssumedHeight = 720;

type CameraLayout = 'simulcast' | 'scalable';

export function layoutOf(codec: VideoCodec): CameraLayout {
  return codec === 'VP9' || codec === 'AV1' ? 'scalable' : 'simulcast';
}

/**
 * The m-sections that send. All four are there from the first offer, so that switching a source on or off is a matter of
 * replaceTrack. The camera has a second one once a codec is chosen whose layers work the other way: the number of encodings
 * of an m-section cannot change.
 */
export class SendLines {
  private readonly transceivers_ = new Map<StreamKind, RTCRtpTransceiver>();
  private readonly cameras_ = new Map<CameraLayout, RTCRtpTransceiver>();
  private cameraCodec_: VideoCodec = 'VP8';

  constructor(
    private readonly browser_: Browser,
    private readonly peer_: Peer,
    cameraCodec: VideoCodec,
  ) {
    this.transceivers_.set('audio', this.addAudio());
    this.useCameraCodec(cameraCodec);
    this.transceivers_.set(
      'share',
      this.addSimulcast(kShareRids, simulcastEncodings(kDefaultShare, kAssumedHeight, 2, kShareRids)),
    );
    this.prefer(this.transceiver('share'), [cameraCodecForShare(cameraCodec)]);
    this.transceivers_.set('shareAudio', this.addAudio());
  }

  get cameraCodec(): VideoCodec {
    return this.cameraCodec_;
  }

  transceiver(kind: StreamKind): RTCRtpTransceiver {
    const transceiver = this.transceivers_.get(kind);
    if (!transceiver) throw new Error(`no m-section for ${kind}`);
    return transceiver;
  }

  /** Must be followed by a negotiation if it says true. The sender's track has to be moved by the caller. */
  useCameraCodec(codec: VideoCodec): boolean {
    const layout = layoutOf(codec);
    const known = this.cameras_.get(layout);
    if (known && codec === this.cameraCodec_) return false;
    const transceiver = known ?? this.addCamera(layout);
    this.cameras_.set(layout, transceiver);
    for (const [other, camera] of this.cameras_) camera.direction = other === layout ? 'sendonly' : 'inactive';
    this.prefer(transceiver, [codec]);
    this.transceivers_.set('video', transceiver);
    this.cameraCodec_ = codec;
    return true;
  }

  /** After setLocalDescription, when mids are known. */
  describe(): OfferInit['sends'] {
    const sends: { mid: string; source: Source }[] = [];
    for (const [kind, source] of [
      ['audio', Source.AUDIO],
      ['video', Source.VIDEO],
      ['share', Source.SHARE],
      ['shareAudio', Source.SHARE_AUDIO],
    ] as const) {
      const mid = this.transceiver(kind).mid;
      if (mid !== null) sends.push({ mid, source });
    }
    return sends;
  }

  private addAudio(): RTCRtpTransceiver {
    const transceiver = this.peer_.addTransceiver('audio', { direction: 'sendonly' });
    setPreferences(transceiver, audioPreferences(this.browser_.codecs('send', 'audio')));
    return transceiver;
  }

  private addCamera(layout: CameraLayout): RTCRtpTransceiver {
    if (layout === 'simulcast')
      return this.addSimulcast(kRids.length, simulcastEncodings(kDefaultCamera, kAssumedHeight, 2));
    for (const maxLayer of [2, 0]) {
      try {
        const sendEncodings = scalableEncoding(kDefaultCamera, kAssumedHeight, maxLayer);
        return this.peer_.addTransceiver('video', { direction: 'sendonly', sendEncodings });
      } catch (error) {
        log.info('this browser has no such scalability mode', error);
      }
    }
    return this.peer_.addTransceiver('video', { direction: 'sendonly' });
  }

  private addSimulcast(rids: number, sendEncodings: RTCRtpEncodingParameters[]): RTCRtpTransceiver {
    return this.peer_.addTransceiver('video', { direction: 'sendonly', sendEncodings: sendEncodings.slice(0, rids) });
  }

  private prefer(transceiver: RTCRtpTransceiver, codecs: readonly VideoCodec[]): void {
    setPreferences(transceiver, videoPreferences(this.browser_.codecs('send', 'video'), codecs));
  }
}

/** Screens go in a codec that works in simulcast. */
function cameraCodecForShare(codec: VideoCodec): VideoCodec {
  return layoutOf(codec) === 'simulcast' ? codec : 'VP8';
}

export interface Seat {
  readonly seat: number;
  readonly kind: SeatLine_Kind;
  readonly audio: RTCRtpTransceiver;
  readonly video: RTCRtpTransceiver;
}

/** The m-section pairs that receive. The pool grows and never shrinks: an empty seat costs nothing on the wire. */
export class SeatPool {
  private readonly seats_: Seat[] = [];

  constructor(
    private readonly browser_: Browser,
    private readonly peer_: Peer,
  ) {}

  count(kind: SeatLine_Kind): number {
    return this.seats_.filter((seat) => seat.kind === kind).length;
  }

  grow(kind: SeatLine_Kind, by: number): void {
    for (let i = 0; i < by; i++) {
      const audio = this.peer_.addTransceiver('audio', { direction: 'recvonly' });
      const video = this.peer_.addTransceiver('video', { direction: 'recvonly' });
      setPreferences(audio, audioPreferences(this.browser_.codecs('receive', 'audio')));
      setPreferences(video, videoPreferences(this.browser_.codecs('receive', 'video'), kReceiveCodecs));
      this.seats_.push({ seat: this.seats_.length + 1, kind, audio, video });
    }
  }

  find(seat: number): Seat | undefined {
    return this.seats_[seat - 1];
  }

  /** After setLocalDescription, when mids are known. */
  describe(): OfferInit['seats'] {
    return this.seats_
      .filter(({ audio, video }) => audio.mid !== null && video.mid !== null)
      .map(({ seat, kind, audio, video }) => ({ seat, kind, audioMid: audio.mid!, videoMid: video.mid! }));
  }
}

function setPreferences(transceiver: RTCRtpTransceiver, codecs: RTCRtpCodec[]): void {
  if (codecs.length === 0 || !transceiver.setCodecPreferences) return;
  try {
    transceiver.setCodecPreferences(codecs);
  } catch (error) {
    log.info('codec preferences are not taken', error); // The offer is larger, nothing else.
  }
}
