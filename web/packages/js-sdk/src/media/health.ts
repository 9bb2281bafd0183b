import type { StreamState } from '../api/values.js';
import type { Report } from './stats.js';

/** How often the report is looked at. Two looks without progress are 4 s: longer than a key frame or a restart of ICE takes. */
export const kLookEveryMs = 2_000;
const kLooksUntilTrouble = 2;

export type LimitationType = 'bandwidth' | 'cpu';

export interface Verdict {
  /** By id of the track: only changes. */
  readonly streams: ReadonlyMap<string, StreamState>;
  readonly limitations: readonly { type: LimitationType; state: 'detected' | 'resolved' }[];
}

interface Progress {
  packets: number;
  frames: number | undefined;
  stillPackets: number;
  stillFrames: number;
  state: StreamState;
}

/** Judges from successive reports whether remote streams flow, and what holds back what is sent. */
export class HealthJudge {
  private readonly progress_ = new Map<string, Progress>();
  private readonly limited_ = new Map<LimitationType, number>();
  private readonly told_ = new Set<LimitationType>();

  /** `expected`: ids of the tracks that should flow now; others are forgotten. */
  look(report: Report, expected: ReadonlySet<string>): Verdict {
    const streams = new Map<string, StreamState>();
    const reasons = new Set<unknown>();
    for (const entry of report.values()) {
      if (entry.type === 'outbound-rtp') reasons.add(entry.qualityLimitationReason);
      const id = entry.trackIdentifier;
      if (entry.type !== 'inbound-rtp' || typeof id !== 'string' || !expected.has(id)) continue;
      const frames = entry.kind === 'video' ? Number(entry.framesDecoded ?? 0) : undefined;
      const state = this.judge(id, Number(entry.packetsReceived ?? 0), frames);
      if (state) streams.set(id, state);
    }
    for (const id of this.progress_.keys()) if (!expected.has(id)) this.progress_.delete(id);
    return { streams, limitations: this.limitations(reasons) };
  }

  private judge(id: string, packets: number, frames: number | undefined): StreamState | undefined {
    const last = this.progress_.get(id);
    if (!last) {
      this.progress_.set(id, { packets, frames, stillPackets: 0, stillFrames: 0, state: 'active' });
      return undefined;
    }
    last.stillPackets = packets > last.packets ? 0 : last.stillPackets + 1;
    last.stillFrames = frames === undefined || frames > (last.frames ?? 0) ? 0 : last.stillFrames + 1;
    last.packets = packets;
    last.frames = frames;
    const next = nextState(last);
    if (next === last.state) return undefined;
    last.state = next;
    return next;
  }

  private limitations(reasons: ReadonlySet<unknown>): Verdict['limitations'] {
    const changes: { type: LimitationType; state: 'detected' | 'resolved' }[] = [];
    for (const type of ['bandwidth', 'cpu'] as const) {
      const looks = reasons.has(type) ? (this.limited_.get(type) ?? 0) + 1 : 0;
      this.limited_.set(type, looks);
      if (looks >= kLooksUntilTrouble && !this.told_.has(type)) {
        this.told_.add(type);
        changes.push({ type, state: 'detected' });
      } else if (looks === 0 && this.told_.delete(type)) {
        changes.push({ type, state: 'resolved' });
      }
    }
    return changes;
  }
}

function nextState({ stillPackets, stillFrames, state }: Progress): StreamState {
  if (stillPackets >= kLooksUntilTrouble) return 'stuck';
  if (stillPackets > 0) return state; // too early to say
  if (stillFrames >= kLooksUntilTrouble) return 'freeze-detected';
  if (stillFrames > 0) return state === 'stuck' ? 'active' : state;
  return state === 'freeze-detected' ? 'freeze-resolved' : state === 'stuck' ? 'active' : state;
}
