import { type Egress, type EgressOutput, useMeeting } from '@parley/react-sdk';
import { isOn, latestOf, OUTPUT_WORDS, phaseOf } from '../state/broadcast.js';
import { configOf } from '../state/composition.js';
import { type Draft, draftProblem, emptyDraft, nameOfUrl, outputOf } from '../state/destinations.js';
import { AddIcon, CloseIcon } from '../ui/icons.js';
import { useTask } from '../ui/use_task.js';
import { CompositionFields } from './composition_fields.js';
import { DestinationFields } from './destination_fields.js';
import { useComposition } from './use_composition.js';
import { Problem } from '../ui/problem.js';

interface Props {
  failure: string;
  drafts: Draft[];
  onDrafts: (drafts: Draft[]) => void;
  onClose: () => void;
}

/** RTMP: one or more platforms at once. */
export function LivestreamSection({ failure, drafts, onDrafts, onClose }: Props) {
  const { egresses, livestreamState, startLivestream, stopLivestream, addLivestreamOutputs } = useMeeting();
  const { busy, problem, run, setProblem } = useTask();
  const egress = latestOf(egresses, 'livestream');
  const phase = phaseOf(livestreamState);
  const on = isOn(phase);
  const [composition, change] = useComposition(on ? egress : undefined, run);
  const rows = on || drafts.length > 0 ? drafts : [emptyDraft(1)];
  const nextRow = Math.max(0, ...rows.map(({ row }) => row)) + 1;
  const replace = (changed: Draft) => onDrafts(rows.map((draft) => (draft.row === changed.row ? changed : draft)));
  const remove = (row: number) => onDrafts(rows.filter((draft) => draft.row !== row));

  /** Used drafts are forgotten, keys and all. */
  async function use(work: (outputs: ReturnType<typeof outputOf>[]) => Promise<unknown>) {
    const wrong = rows.map(draftProblem).find(Boolean);
    if (wrong) setProblem(wrong);
    else if (await run(() => work(rows.map(outputOf)))) onDrafts([]);
  }

  return (
    <>
      {phase === 'failed' && (
        <p className="problem" role="status">
          The last livestream failed{failure ? `: ${failure}` : '.'}
        </p>
      )}
      {phase === 'starting' && <p role="status">Going live …</p>}
      {phase === 'stopping' && <p role="status">The livestream is ending …</p>}
      {on && egress && <Outputs egress={egress} onProblem={setProblem} />}
      {phase !== 'starting' && phase !== 'stopping' && (
        <>
          {rows.map((draft, i) => (
            <DestinationFields key={draft.row} title={rows.length > 1 ? `Destination ${i + 1}` : on ? 'New destination' : 'Destination'} draft={draft} onChange={replace} onRemove={on || rows.length > 1 ? () => remove(draft.row) : undefined} />
          ))}
          <button type="button" className="add" onClick={() => onDrafts([...rows, emptyDraft(nextRow, rows.length % 2 ? 'twitch' : 'youtube')])}>
            <AddIcon size={18} /> Add {rows.length > 0 ? 'another' : 'a'} destination
          </button>
        </>
      )}
      <details>
        <summary>Layout and quality</summary>
        <CompositionFields value={composition} running={on} onChange={change} />
      </details>
      <Problem text={problem} />
      <div className="row end wrap">
        <button type="button" onClick={onClose}>
          Close
        </button>
        {on && (
          <button type="button" className="danger" disabled={busy} onClick={() => void run(() => stopLivestream(egress?.id))}>
            End livestream
          </button>
        )}
        {on && rows.length > 0 && (
          <button type="button" className="primary" disabled={busy} onClick={() => void use((outputs) => addLivestreamOutputs(outputs, egress?.id))}>
            Send there, too
          </button>
        )}
        {!on && (
          <button type="button" className="primary" disabled={busy || phase === 'starting' || phase === 'stopping'} onClick={() => void use((outputs) => startLivestream(outputs, configOf(composition)))}>
            Go live
          </button>
        )}
      </div>
    </>
  );
}

function Outputs({ egress, onProblem }: { egress: Egress; onProblem: (text: string) => void }) {
  const { removeLivestreamOutputs } = useMeeting();
  const remove = ({ id }: EgressOutput) => void removeLivestreamOutputs([id], egress.id).catch((error: Error) => onProblem(error.message));
  return (
    <ul className="outputs" aria-label="Destinations" aria-live="polite">
      {egress.outputs.map((output) => (
        <li key={output.id} data-state={output.state}>
          <strong>{nameOfUrl(output.url)}</strong>
          <span className="output-state">{OUTPUT_WORDS[output.state]}</span>
          <button type="button" className="icon" aria-label={`Stop sending to ${nameOfUrl(output.url)}`} title="Stop sending there" onClick={() => remove(output)}>
            <CloseIcon size={18} />
          </button>
          <span className="output-detail faint">{output.url}</span>
          {output.message && <span className="output-detail output-message">{output.message}</span>}
        </li>
      ))}
      {egress.outputs.length === 0 && <li className="faint output-none">Nothing is sent anywhere now. Add a destination, or end the livestream.</li>}
    </ul>
  );
}
