import * as wire from '@parley/wire';
import type { MaxQuality, Mode, PinType, Quality, StreamKind } from '../api/values.js';
import { kNoPin } from './state.js';
import type { Member, PublishedStream } from './state.js';

/** Between the words of the schema and those of the public interface. */

const kModes: readonly Mode[] = ['SEND_AND_RECV', 'RECV_ONLY', 'SIGNALLING_ONLY'];
const kStreamKinds: readonly StreamKind[] = ['audio', 'video', 'share', 'shareAudio'];

export function modeOf(mode: wire.Mode): Mode {
  return kModes[mode] ?? 'SEND_AND_RECV';
}

export function wireMode(mode: Mode): wire.Mode {
  return wire.Mode[mode];
}

export function kindOf(source: wire.Source): StreamKind {
  return kStreamKinds[source] ?? 'audio';
}

export function sourceOf(kind: StreamKind): wire.Source {
  return kStreamKinds.indexOf(kind);
}

export function wireQuality(quality: MaxQuality): wire.Quality {
  return { auto: wire.Quality.QUALITY_AUTO, low: wire.Quality.LOW, med: wire.Quality.MED, high: wire.Quality.HIGH }[
    quality
  ];
}

/** Undefined for automatic. */
export function qualityOf(quality: wire.Quality): Quality | undefined {
  return ([undefined, 'low', 'med', 'high'] as const)[quality];
}

export function pinTarget(type: PinType): wire.PinTarget {
  return { SHARE_AND_CAM: wire.PinTarget.SHARE_AND_CAM, CAM: wire.PinTarget.CAM, SHARE: wire.PinTarget.SHARE_ONLY }[
    type
  ];
}

/** A JSON object; anything else counts as none. */
export function parseObject(json: string): Record<string, unknown> | undefined {
  if (!json) return undefined;
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function streamOf(info: wire.StreamInfo): PublishedStream {
  const { paused, codec, displaySurface } = info;
  return { kind: kindOf(info.source), paused, codec, displaySurface };
}

export function memberOf(info: wire.ParticipantInfo): Member {
  return {
    id: info.participantId,
    displayName: info.displayName,
    metaData: parseObject(info.metaDataJson) ?? {},
    mode: modeOf(info.mode),
    streams: new Map(info.streams.map((stream) => [kindOf(stream.source), streamOf(stream)])),
    pin: info.pin ? { cam: info.pin.cam, share: info.pin.share } : kNoPin,
    connectionQuality: info.quality,
    reconnecting: info.reconnecting,
  };
}
