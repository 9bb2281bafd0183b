import type { StreamKind } from '../api/values.js';
import { log } from '../log.js';
import {
  kDefaultCamera,
  kDefaultMicrophone,
  kDefaultShare,
  kDefaultShareAudio,
  scalableEncoding,
  simulcastEncodings,
} from '../tracks/encoding.js';
import type { Encoding, VideoEncoding } from '../tracks/encoding.js';
import { kShareRids, layoutOf } from './lines.js';

/** A track and how to send it. */
export interface Publication {
  readonly track: MediaStreamTrack;
  readonly encoding: Encoding;
  /** Highest layer anybody wants, and that the application wants to send; the lower one counts. */
  readonly maxLayer: number;
}

export function defaultEncoding(kind: StreamKind): Encoding {
  return { audio: kDefaultMicrophone, video: kDefaultCamera, share: kDefaultShare, shareAudio: kDefaultShareAudio }[
    kind
  ];
}

/** The encodings that a sender should have for what it publishes. */
export function encodingsFor(kind: StreamKind, { track, encoding, maxLayer }: Publication): RTCRtpEncodingParameters[] {
  if (encoding.type === 'audio') return [{ active: true, maxBitrate: encoding.kbps * 1000 }];
  const height = pictureHeight(track);
  if (kind === 'share') return simulcastEncodings({ ...encoding, codec: 'VP8' }, height, maxLayer, kShareRids);
  return layoutOf(encoding.codec) === 'scalable'
    ? scalableEncoding(encoding, height, maxLayer)
    : simulcastEncodings(encoding, height, maxLayer);
}

/** The shorter side: a phone held upright sends 720×1280. 720 where the browser does not tell. */
export function pictureHeight(track: MediaStreamTrack): number {
  const { width, height } = track.getSettings();
  return width && height ? Math.min(width, height) : 720;
}

function degradation({ optimization }: VideoEncoding): RTCDegradationPreference {
  return optimization === 'motion' ? 'maintain-framerate' : 'maintain-resolution';
}

/** Gives a sender its parameters: only those entries that it has, since their number is fixed. */
export async function configure(sender: RTCRtpSender, kind: StreamKind, publication: Publication): Promise<void> {
  const { encoding } = publication;
  if (encoding.type === 'video' && publication.track.contentHint === '')
    publication.track.contentHint = encoding.optimization;
  const parameters = sender.getParameters();
  const wanted = encodingsFor(kind, publication);
  if (!parameters.encodings?.length) return; // Firefox before the first negotiation
  parameters.encodings = parameters.encodings.map((current, index) => {
    const byRid = wanted.find((candidate) => candidate.rid !== undefined && candidate.rid === current.rid);
    const { rid: _, ...values } = byRid ?? wanted[index] ?? { active: false };
    return { ...current, ...values };
  });
  if (encoding.type === 'video') parameters.degradationPreference = degradation(encoding);
  try {
    await sender.setParameters(parameters);
  } catch (error) {
    log.warn(`the encoder of ${kind} does not take its parameters`, error);
  }
}
