import type { AudioStats, StreamStats, TransportStats, VideoStats } from '../api/stats.js';

/** One entry of an RTCStatsReport; the DOM types leave most members out. */
export type Entry = Record<string, unknown> & { id: string; type: string; timestamp: number };
export type Report = ReadonlyMap<string, Entry>;

const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
const string = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const milliseconds = (seconds: unknown): number | undefined =>
  typeof seconds === 'number' ? Math.round(seconds * 10_000) / 10 : undefined;

function entries(report: Report, type: string): Entry[] {
  return [...report.values()].filter((entry) => entry.type === type);
}

function codecOf(report: Report, entry: Entry): string | undefined {
  return string(report.get(string(entry.codecId) ?? '')?.mimeType)?.split('/')[1];
}

function networkOf(report: Report): string | undefined {
  const pair = selectedPair(report);
  return string(report.get(string(pair?.localCandidateId) ?? '')?.protocol);
}

export function selectedPair(report: Report): Entry | undefined {
  const transport = entries(report, 'transport')[0];
  return (
    report.get(string(transport?.selectedCandidatePairId) ?? '') ??
    entries(report, 'candidate-pair').find((pair) => pair.nominated === true && pair.state === 'succeeded')
  );
}

/** kbit/s between two counts of bytes. */
export class RateMeter {
  private readonly last_ = new Map<string, { bytes: number; at: number }>();

  kbps(key: string, bytes: number | undefined, at: number): number | undefined {
    if (bytes === undefined) return undefined;
    const last = this.last_.get(key);
    this.last_.set(key, { bytes, at });
    if (!last || at <= last.at || bytes < last.bytes) return undefined;
    return Math.round(((bytes - last.bytes) * 8) / (at - last.at));
  }
}

function outgoing(report: Report, entry: Entry, meter: RateMeter): StreamStats {
  const remote = report.get(string(entry.remoteId) ?? '');
  return {
    bitrate: meter.kbps(entry.id, number(entry.bytesSent), entry.timestamp),
    rtt: milliseconds(remote?.roundTripTime),
    jitter: milliseconds(remote?.jitter),
    totalPackets: number(entry.packetsSent),
    packetsLost: number(remote?.packetsLost),
    codec: codecOf(report, entry),
    network: networkOf(report),
  };
}

function incoming(report: Report, entry: Entry, meter: RateMeter): StreamStats {
  return {
    bitrate: meter.kbps(entry.id, number(entry.bytesReceived), entry.timestamp),
    rtt: milliseconds(selectedPair(report)?.currentRoundTripTime),
    jitter: milliseconds(entry.jitter),
    totalPackets: number(entry.packetsReceived),
    packetsLost: number(entry.packetsLost),
    codec: codecOf(report, entry),
    network: networkOf(report),
  };
}

/** From a sender's or receiver's report. */
export function audioStats(report: Report, meter: RateMeter): AudioStats[] {
  return [
    ...entries(report, 'outbound-rtp').map((entry) => outgoing(report, entry, meter)),
    ...entries(report, 'inbound-rtp').map((entry) => ({
      ...incoming(report, entry, meter),
      concealedSamples: number(entry.concealedSamples),
      concealmentEvents: number(entry.concealmentEvents),
    })),
  ];
}

function sizeOf(entry: Entry): VideoStats['size'] {
  return {
    width: number(entry.frameWidth),
    height: number(entry.frameHeight),
    framerate: number(entry.framesPerSecond),
  };
}

/** Layers that are switched off are left out. */
export function videoStats(report: Report, meter: RateMeter): VideoStats[] {
  return [
    ...entries(report, 'outbound-rtp')
      .filter((entry) => entry.active !== false)
      .map((entry) => ({
        ...outgoing(report, entry, meter),
        rid: string(entry.rid),
        size: sizeOf(entry),
        limitation: {
          reason: string(entry.qualityLimitationReason) ?? 'none',
          durations: entry.qualityLimitationDurations as Record<string, number> | undefined,
        },
      })),
    ...entries(report, 'inbound-rtp').map((entry) => ({
      ...incoming(report, entry, meter),
      size: sizeOf(entry),
      freezeCount: number(entry.freezeCount),
      totalFreezesDuration: milliseconds(entry.totalFreezesDuration),
    })),
  ];
}

export function transportStats(report: Report, meter: RateMeter): TransportStats | undefined {
  const transport = entries(report, 'transport')[0];
  const pair = selectedPair(report);
  const source = transport ?? pair;
  if (!source) return undefined;
  const available = number(pair?.availableOutgoingBitrate);
  return {
    outgoingBitrate: meter.kbps('transport out', number(source.bytesSent), source.timestamp),
    incomingBitrate: meter.kbps('transport in', number(source.bytesReceived), source.timestamp),
    availableOutgoingBitrate: available === undefined ? undefined : Math.round(available / 1000),
    totalBytesSent: number(source.bytesSent),
    totalBytesReceived: number(source.bytesReceived),
    rtt: milliseconds(pair?.currentRoundTripTime),
    network: networkOf(report),
  };
}

export function asReport(report: RTCStatsReport): Report {
  return report as unknown as Report;
}
