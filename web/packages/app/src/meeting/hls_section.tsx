import { useMeeting } from '@parley/react-sdk';
import { isOn, latestOf, phaseOf } from '../state/broadcast.js';
import { configOf } from '../state/composition.js';
import { CopyField } from '../ui/copy_field.js';
import { useTask } from '../ui/use_task.js';
import { CompositionFields } from './composition_fields.js';
import { useComposition } from './use_composition.js';
import { Problem } from '../ui/problem.js';

/** HLS: a link that anyone can play. */
export function HlsSection({ failure, onClose }: { failure: string; onClose: () => void }) {
  const { egresses, hlsState, hlsUrls, startHls, stopHls } = useMeeting();
  const { busy, problem, run } = useTask();
  const egress = latestOf(egresses, 'hls');
  const phase = phaseOf(hlsState);
  const on = isOn(phase);
  const [composition, change] = useComposition(on ? egress : undefined, run);
  const absolute = (url: string | undefined) => (url ? new URL(url, location.href).href : '');
  const words = {
    idle: 'Anyone who has the link can watch, some seconds later, in a browser or a player.',
    starting: 'Starting …',
    running: hlsState === 'HLS_PLAYABLE' ? 'Live. Anyone who has the link can watch.' : 'Running; it can be played in a few seconds …',
    paused: '',
    stopping: 'Ending …',
    failed: `The last one failed${failure ? `: ${failure}` : '.'}`,
  }[phase];

  return (
    <>
      <p className={phase === 'failed' ? 'problem' : on ? 'on-air' : 'faint'} role="status">
        {words}
      </p>
      {hlsState === 'HLS_PLAYABLE' && (
        <>
          <CopyField label="Link to watch from the beginning" value={absolute(hlsUrls.playbackHlsUrl)} />
          {hlsUrls.livestreamUrl && <CopyField label="Link to what happens now" value={absolute(hlsUrls.livestreamUrl)} />}
        </>
      )}
      <details open={on || undefined}>
        <summary>Layout and quality</summary>
        <CompositionFields value={composition} running={on} onChange={change} />
      </details>
      <Problem text={problem} />
      <div className="row end wrap">
        <button type="button" onClick={onClose}>
          Close
        </button>
        {on ? (
          <button type="button" className="danger" disabled={busy} onClick={() => void run(() => stopHls(egress?.id))}>
            End the stream
          </button>
        ) : (
          <button type="button" className="primary" disabled={busy || phase === 'starting' || phase === 'stopping'} onClick={() => void run(() => startHls(configOf(composition)))}>
            Start the stream
          </button>
        )}
      </div>
    </>
  );
}
