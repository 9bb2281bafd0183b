import type { AudioStats, TransportStats, VideoStats } from '../api/stats.js';
import type { MediaSession } from '../media/session.js';
import { RateMeter, asReport, audioStats, transportStats, videoStats } from '../media/stats.js';
import type { Report } from '../media/stats.js';
import type { StreamKind } from '../api/values.js';
import type { RoomStream } from './stream.js';

/** Answers what streams and the transport are doing, from the browser's reports. */
export class Reports {
  private readonly meter_ = new RateMeter();

  constructor(
    private readonly media_: () => MediaSession | undefined,
    private readonly streamOf_: (id: string, kind: StreamKind) => RoomStream | undefined,
  ) {}

  audio(id: string, kind: StreamKind): Promise<AudioStats[]> {
    return this.read(id, kind, audioStats);
  }

  video(id: string, kind: StreamKind): Promise<VideoStats[]> {
    return this.read(id, kind, videoStats);
  }

  async transport(): Promise<TransportStats | undefined> {
    const report = await this.media_()?.peer.getStats();
    return report && transportStats(asReport(report), this.meter_);
  }

  private async read<Result>(
    id: string,
    kind: StreamKind,
    from: (report: Report, meter: RateMeter) => Result[],
  ): Promise<Result[]> {
    const media = this.media_();
    const stream = this.streamOf_(id, kind);
    if (!media || !stream) return [];
    const end = stream.local ? media.sends.transceiver(kind).sender : media.receiverOf(stream.track);
    return end ? from(asReport(await end.getStats()), this.meter_) : [];
  }
}
