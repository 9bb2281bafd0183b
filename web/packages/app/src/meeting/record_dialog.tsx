import { useMeeting } from '@parley/react-sdk';
import { useState } from 'react';
import { isOn, latestOf, type Phase, phaseOf } from '../state/broadcast.js';
import { configOf } from '../state/composition.js';
import { recordingsPath } from '../state/route.js';
import { Dialog } from '../ui/parts.js';
import { useTask } from '../ui/use_task.js';
import { CompositionFields } from './composition_fields.js';
import { useComposition } from './use_composition.js';
import { Problem } from '../ui/problem.js';

const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

function describe(phase: Phase, startedAt: number | undefined, failure: string): string {
  const since = startedAt === undefined ? '' : ` since ${time.format(startedAt)}`;
  switch (phase) {
    case 'starting':
      return 'Recording is starting …';
    case 'running':
      return `Recording${since}. Everyone here sees a red mark.`;
    case 'paused':
      return `Paused; recording${since}. It goes on in the same file.`;
    case 'stopping':
      return 'The recording is being saved …';
    case 'failed':
      return `The last recording failed${failure ? `: ${failure}` : '.'}`;
    case 'idle':
      return 'Everyone here will see a red mark while the server records.';
  }
}

/** Starts, pauses, changes and stops the recording of this meeting. */
export function RecordDialog({ failure, onClose }: { failure: string; onClose: () => void }) {
  const { egresses, recordingState, meetingId, startRecording, stopRecording, pauseRecording, resumeRecording } = useMeeting();
  const [fileFormat, setFileFormat] = useState<'mp4' | 'webm'>('mp4');
  const [soundOnly, setSoundOnly] = useState(false);
  const { busy, problem, run } = useTask();
  const egress = latestOf(egresses, 'recording');
  const phase = phaseOf(recordingState, egress?.paused);
  const on = isOn(phase);
  const [composition, change] = useComposition(on ? egress : undefined, run);
  const isSoundOnly = on ? egress?.config.mode === 'audio' : soundOnly;
  const start = () => run(() => startRecording(undefined, undefined, { ...configOf(composition), mode: soundOnly ? 'audio' : 'video-and-audio', fileFormat }));

  return (
    <Dialog title="Recording" onClose={onClose} wide>
      {!(phase === 'failed' && problem) && (
        <p className={phase === 'failed' ? 'problem' : on ? 'on-air' : 'faint'} role="status">
          {describe(phase, egress?.startedAt, failure)}
        </p>
      )}
      {!isSoundOnly && <CompositionFields value={composition} running={on} onChange={change} />}
      {!on && (
        <div className="fields">
          <label className="check">
            <input type="checkbox" checked={soundOnly} onChange={(event) => setSoundOnly(event.target.checked)} /> Sound only
          </label>
          <label className="field">
            <span>File</span>
            <select value={fileFormat} onChange={(event) => setFileFormat(event.target.value as 'mp4' | 'webm')}>
              <option value="mp4">MP4</option>
              <option value="webm">WebM</option>
            </select>
          </label>
        </div>
      )}
      <a href={recordingsPath(meetingId, location.search)} target="_blank" rel="noreferrer">
        Recordings of this meeting
      </a>
      <Problem text={problem} />
      <div className="row end wrap">
        <button type="button" onClick={onClose}>
          Close
        </button>
        {on && (
          <button type="button" disabled={busy} onClick={() => void run(() => (phase === 'paused' ? resumeRecording(egress?.id) : pauseRecording(egress?.id)))}>
            {phase === 'paused' ? 'Resume' : 'Pause'}
          </button>
        )}
        {on ? (
          <button type="button" className="danger" disabled={busy} onClick={() => void run(() => stopRecording(egress?.id))}>
            Stop recording
          </button>
        ) : (
          <button type="button" className="primary" disabled={busy || phase === 'starting' || phase === 'stopping'} onClick={() => void start()}>
            Start recording
          </button>
        )}
      </div>
    </Dialog>
  );
}
