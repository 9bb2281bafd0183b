import type { BitrateMode, OptimizationMode } from '../api/tracks.js';
import type { VideoCodec } from '../api/values.js';
import { kbpsForHeight } from './presets.js';

/** How a track wants to be encoded. */
export interface VideoEncoding {
  readonly type: 'video';
  readonly codec: VideoCodec;
  /** kbit/s of the top layer; undefined: what its height is worth. */
  readonly kbps: number | undefined;
  readonly frameRate: number | undefined;
  readonly bitrateMode: BitrateMode;
  readonly optimization: OptimizationMode;
  readonly multiStream: boolean;
  readonly maxLayer: number;
}

export interface AudioEncoding {
  readonly type: 'audio';
  readonly kbps: number;
  readonly stereo: boolean;
}

export type Encoding = VideoEncoding | AudioEncoding;

export const kDefaultCamera: VideoEncoding = {
  type: 'video',
  codec: 'VP8',
  kbps: undefined,
  frameRate: undefined,
  bitrateMode: 'balanced',
  optimization: 'motion',
  multiStream: true,
  maxLayer: 3,
};
export const kDefaultShare: VideoEncoding = { ...kDefaultCamera, multiStream: false, optimization: 'text' };
export const kDefaultMicrophone: AudioEncoding = { type: 'audio', kbps: 24, stereo: false };
/** Sound of a screen is music as often as speech. */
export const kDefaultShareAudio: AudioEncoding = { type: 'audio', kbps: 128, stereo: true };

const encodings = new WeakMap<MediaStreamTrack, Encoding>();
const captured = new WeakSet<MediaStreamTrack>();

/** Remembers with a track what it was made for, until it is published. */
export function describeTrack(track: MediaStreamTrack, encoding: Encoding): void {
  encodings.set(track, encoding);
}

export function encodingOf(track: MediaStreamTrack): Encoding | undefined {
  return encodings.get(track);
}

/** Tracks that this SDK opened are also closed by it; those of the application are left alone. */
export function markCaptured(track: MediaStreamTrack): void {
  captured.add(track);
}

export function stopIfCaptured(track: MediaStreamTrack): void {
  if (captured.has(track)) track.stop();
}

/** The rids of a simulcast m-section, lowest first: quarter, half and full size. */
export const kRids = ['q', 'h', 'f'] as const;
/** Below this a layer is not worth its cost: a half of 270 lines is no picture of a face. */
const kTwoLayersFrom = 270;
const kThreeLayersFrom = 540;

export function layerCount(encoding: VideoEncoding, height: number): number {
  if (!encoding.multiStream) return 1;
  const useful = height >= kThreeLayersFrom ? 3 : height >= kTwoLayersFrom ? 2 : 1;
  return Math.min(useful, encoding.maxLayer);
}

/**
 * The encodings of a simulcast sender with `rids.length` of them for a picture of `height` lines. Layers fill up from the
 * first rid, so that the lowest always exists; unused ones are off. Nothing above `maxLayer` is sent, but always the lowest.
 */
export function simulcastEncodings(
  encoding: VideoEncoding,
  height: number,
  maxLayer: number,
  rids: number = kRids.length,
): RTCRtpEncodingParameters[] {
  const count = Math.min(layerCount(encoding, height), rids);
  const top = Math.max(0, Math.min(maxLayer, count - 1));
  return kRids.slice(0, rids).map((rid, index) => {
    const scaleResolutionDownBy = index < count ? 2 ** (count - 1 - index) : 1;
    const parameters: RTCRtpEncodingParameters = {
      rid,
      active: index <= top,
      scaleResolutionDownBy,
      maxBitrate: 1000 * layerKbps(encoding, height, scaleResolutionDownBy),
    };
    if (encoding.frameRate) parameters.maxFramerate = encoding.frameRate;
    return parameters;
  });
}

/** VP9 and AV1 carry their layers in one stream. */
export function scalableEncoding(
  encoding: VideoEncoding,
  height: number,
  maxLayer: number,
): RTCRtpEncodingParameters[] {
  const count = layerCount(encoding, height);
  const layers = Math.max(1, Math.min(count, maxLayer + 1));
  const scale = 2 ** (count - layers);
  return [
    {
      active: true,
      scaleResolutionDownBy: scale,
      maxBitrate: 1000 * layerKbps(encoding, height, scale),
      ...(encoding.frameRate && { maxFramerate: encoding.frameRate }),
      scalabilityMode: layers > 1 ? `L${layers}T3_KEY` : 'L1T3',
    } as RTCRtpEncodingParameters,
  ];
}

function layerKbps(encoding: VideoEncoding, height: number, scale: number): number {
  const worth = kbpsForHeight(height / scale, encoding.bitrateMode);
  if (encoding.kbps === undefined) return worth;
  return scale === 1 ? encoding.kbps : Math.min(worth, encoding.kbps);
}
