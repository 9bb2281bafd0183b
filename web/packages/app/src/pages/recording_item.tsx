import { useRef, useState } from 'react';
import { describeFile, describeState, downloadName, formatLength, formatSize, formatStart, hasPicture, lengthOf, phaseOfRecord, type RecordingRecord } from '../state/recordings.js';
import { CloseIcon, DeleteIcon, DownloadIcon, PlayIcon } from '../ui/icons.js';
import { Dialog } from '../ui/parts.js';
import { useTask } from '../ui/use_task.js';
import { Problem } from '../ui/problem.js';

interface Props {
  recording: RecordingRecord;
  playing: boolean;
  onPlay: (on: boolean) => void;
  onRemove: () => Promise<void>;
  onRefresh: () => Promise<RecordingRecord>;
}

export function RecordingItem({ recording, playing, onPlay, onRemove, onRefresh }: Props) {
  const [deleting, setDeleting] = useState(false);
  const { busy, problem, run } = useTask();
  const phase = phaseOfRecord(recording);
  const { file } = recording;
  const started = formatStart(recording);
  const seconds = phase === 'failed' ? undefined : lengthOf(recording);
  const facts = [seconds !== undefined && formatLength(seconds), file?.size && formatSize(file.size), describeFile(recording)];
  const state = describeState(recording);

  return (
    <li className="recording" data-phase={phase}>
      <div className="recording-facts">
        <h2>{started}</h2>
        <p className="faint">{facts.filter(Boolean).join(' · ')}</p>
        {state && <p className={`state ${phase === 'failed' || phase === 'ready' ? 'problem' : ''}`}>{state}</p>}
      </div>
      <div className="row actions">
        {phase === 'ready' && file && (
          <>
            <button type="button" aria-expanded={playing} onClick={() => onPlay(!playing)} aria-label={`${playing ? 'Close' : 'Play'} the recording of ${started}`}>
              {playing ? <CloseIcon size={18} /> : <PlayIcon size={18} />} {playing ? 'Close' : 'Play'}
            </button>
            <a className="button" href={file.fileUrl} download={downloadName(recording)} aria-label={`Download the recording of ${started}`}>
              <DownloadIcon size={18} /> Download
            </a>
          </>
        )}
        {(phase === 'ready' || phase === 'failed') && (
          <button type="button" className="icon danger-text" aria-label={`Delete the recording of ${started}`} title="Delete" onClick={() => setDeleting(true)}>
            <DeleteIcon size={20} />
          </button>
        )}
      </div>
      {playing && file && <Player recording={recording} label={`Recording of ${started}`} onRefresh={onRefresh} />}
      {deleting && (
        <Dialog title="Delete this recording?" onClose={() => setDeleting(false)}>
          <p>
            The recording of {started} will be gone for everyone.
          </p>
          <Problem text={problem} />
          <div className="row end">
            <button type="button" onClick={() => setDeleting(false)}>
              Keep it
            </button>
            <button type="button" className="danger" disabled={busy} onClick={() => void run(onRemove)}>
              Delete
            </button>
          </div>
        </Dialog>
      )}
    </li>
  );
}

/** Plays from the server by ranges, so that one can jump. A link that has expired is replaced once, at the same place. */
function Player({ recording, label, onRefresh }: { recording: RecordingRecord; label: string; onRefresh: () => Promise<RecordingRecord> }) {
  const [broken, setBroken] = useState('');
  const refreshed = useRef(false);
  const at = useRef(0);
  // Every answer of the server has another link: the one that plays stays until it fails.
  const [url, setUrl] = useState(recording.file?.fileUrl);

  function onError() {
    if (refreshed.current) return setBroken('This recording cannot be played here. Download it to play it in another program.');
    refreshed.current = true;
    onRefresh().then(
      (fresh) => setUrl(fresh.file?.fileUrl),
      (error: Error) => setBroken(error.message),
    );
  }
  const common = {
    src: url,
    controls: true,
    autoPlay: true,
    preload: 'metadata',
    'aria-label': label,
    onError,
    onTimeUpdate: (event: React.SyntheticEvent<HTMLMediaElement>) => (at.current = event.currentTarget.currentTime),
    onLoadedMetadata: (event: React.SyntheticEvent<HTMLMediaElement>) => {
      if (at.current > 0) event.currentTarget.currentTime = at.current;
    },
  };
  if (broken) {
    return (
      <p className="problem player" role="alert">
        {broken}
      </p>
    );
  }
  return <div className="player">{hasPicture(recording) ? <video {...common} playsInline /> : <audio {...common} />}</div>;
}
