import type { Clock } from '../browser/adapter.js';
import { log } from '../log.js';
import { HealthJudge, kLookEveryMs } from '../media/health.js';
import type { Verdict } from '../media/health.js';
import type { MediaSession } from '../media/session.js';
import { asReport } from '../media/stats.js';

/** Looks at a media session's report now and then, until it is stopped. */
export function watchHealth(
  clock: Clock,
  media: MediaSession,
  expected: () => ReadonlySet<string>,
  onVerdict: (verdict: Verdict) => void,
): () => void {
  const judge = new HealthJudge();
  let stopped = false;
  let cancel = () => {};
  const look = async () => {
    try {
      if (media.connectionState === 'connected') {
        const verdict = judge.look(asReport(await media.peer.getStats()), expected());
        if (!stopped) onVerdict(verdict);
      }
    } catch (error) {
      log.debug('no report', error);
    }
    if (!stopped) schedule();
  };
  const schedule = () => {
    cancel = clock.after(kLookEveryMs, () => void look());
  };
  schedule();
  return () => {
    stopped = true;
    cancel();
  };
}
