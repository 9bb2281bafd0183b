import type { VideoCodec } from '../api/values.js';

/** What a seat takes: whatever a publisher may choose. */
export const kReceiveCodecs: readonly VideoCodec[] = ['VP8', 'H264', 'VP9', 'AV1'];

type Codec = Pick<RTCRtpCodec, 'mimeType' | 'sdpFmtpLine'>;

/**
 * One configuration of a codec, the same at all ends, since the server forwards without converting: H.264 constrained
 * baseline with packetization mode 1, which all browsers have; VP9 and AV1 profile 0. Lower is better, undefined: not this.
 */
function rank(codec: Codec, wanted: VideoCodec): number | undefined {
  if (codec.mimeType.toLowerCase() !== `video/${wanted.toLowerCase()}`) return undefined;
  const format = codec.sdpFmtpLine ?? '';
  if (wanted === 'VP9') return /profile-id=[1-9]/.test(format) ? undefined : 0;
  if (wanted === 'AV1') return /profile=[1-9]/.test(format) ? undefined : 0;
  if (wanted !== 'H264') return 0;
  if (!/packetization-mode=1/.test(format)) return undefined;
  if (/profile-level-id=42e0/i.test(format)) return 0;
  return /profile-level-id=4200/i.test(format) ? 1 : undefined;
}

function best<C extends Codec>(available: readonly C[], wanted: VideoCodec): C | undefined {
  let found: C | undefined;
  let foundRank = Infinity;
  for (const codec of available) {
    const value = rank(codec, wanted);
    if (value !== undefined && value < foundRank) {
      found = codec;
      foundRank = value;
    }
  }
  return found;
}

export function supports(available: readonly Codec[], wanted: VideoCodec): boolean {
  return best(available, wanted) !== undefined;
}

/** The list for setCodecPreferences: just these, and retransmission. Empty: leave the browser's order. */
export function videoPreferences<C extends Codec>(available: readonly C[], wanted: readonly VideoCodec[]): C[] {
  const chosen = wanted.map((codec) => best(available, codec)).filter((codec) => codec !== undefined);
  if (chosen.length === 0) return [];
  return [...chosen, ...available.filter((codec) => codec.mimeType.toLowerCase() === 'video/rtx')];
}

export function audioPreferences<C extends Codec>(available: readonly C[]): C[] {
  return available.filter((codec) => codec.mimeType.toLowerCase() === 'audio/opus');
}
