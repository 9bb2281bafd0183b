import type { Browser, Peer } from '../browser/adapter.js';
import { asReport } from './stats.js';

/** Fine enough for a figure people feel, coarse enough not to disturb the joining it measures. */
const kEveryMs = 50;
/** Later than this nobody calls it fast any more, and a rough figure will do. */
const kRoughAfterMs = 3_000;
const kRoughEveryMs = 500;
/** Nobody else may be in the room; then there is nothing to measure. */
const kGiveUpAfterMs = 30_000;

/** Tells once when the first remote packet has arrived and once when the first remote picture is decoded. */
export function watchFirstMedia(
  browser: Browser,
  peer: Peer,
  listener: { onPacket(): void; onFrame(): void },
): () => void {
  const startedAt = browser.now();
  let stopped = false;
  let packet = false;
  let cancel = () => {};
  const look = async () => {
    if (stopped || browser.now() - startedAt > kGiveUpAfterMs) return;
    for (const entry of asReport(await peer.getStats()).values()) {
      if (stopped || entry.type !== 'inbound-rtp') continue;
      if (!packet && Number(entry.packetsReceived) > 0) {
        packet = true;
        listener.onPacket();
      }
      if (Number(entry.framesDecoded) > 0) {
        stopped = true;
        listener.onFrame();
      }
    }
    const pause = browser.now() - startedAt < kRoughAfterMs ? kEveryMs : kRoughEveryMs;
    if (!stopped) cancel = browser.after(pause, () => void look());
  };
  void look();
  return () => {
    stopped = true;
    cancel();
  };
}
