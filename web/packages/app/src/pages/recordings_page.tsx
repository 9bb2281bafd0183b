import { type FormEvent, useEffect, useState } from 'react';
import { navigate } from '../app.js';
import { meetingPath, recordingsPath, roomIdFromInput } from '../state/route.js';
import { useRecordings } from '../state/use_recordings.js';
import { Spinner } from '../ui/parts.js';
import { RecordingItem } from './recording_item.js';
import { Problem } from '../ui/problem.js';

/** What was recorded in a meeting: to play, keep or delete. */
export function RecordingsPage({ roomId, token }: { roomId: string | undefined; token: string | undefined }) {
  useEffect(() => {
    document.title = roomId ? `Recordings of ${roomId} – Parley` : 'Recordings – Parley';
  }, [roomId]);
  return roomId ? <Recordings key={roomId} roomId={roomId} token={token} /> : <ChooseMeeting />;
}

function ChooseMeeting() {
  const [input, setInput] = useState('');
  const [problem, setProblem] = useState('');
  function open(event: FormEvent) {
    event.preventDefault();
    const roomId = roomIdFromInput(input);
    if (roomId) navigate(recordingsPath(roomId));
    else setProblem('Enter a meeting id such as abcd-efgh-ijkl, or paste a meeting’s address.');
  }
  return (
    <main className="card-page">
      <form className="card" onSubmit={open}>
        <h1>Recordings</h1>
        <p>Of which meeting?</p>
        <div className="row">
          <input value={input} onChange={(event) => setInput(event.target.value)} placeholder="Meeting id or address" aria-label="Meeting id or address" autoComplete="off" autoCapitalize="none" spellCheck={false} />
          <button type="submit" className="primary" disabled={!input.trim()}>
            Show
          </button>
        </div>
        <Problem text={problem} />
        <button type="button" onClick={() => navigate('/')}>
          To the start page
        </button>
      </form>
    </main>
  );
}

function Recordings({ roomId, token }: { roomId: string; token: string | undefined }) {
  const list = useRecordings(roomId, token);
  const [playing, setPlaying] = useState<string>();
  const { recordings, problem } = list;

  return (
    <main className="list-page">
      <header>
        <div>
          <h1>Recordings</h1>
          <p className="faint room-id">of the meeting {roomId}</p>
        </div>
        <div className="row">
          <button type="button" onClick={() => navigate(meetingPath(roomId))}>
            To the meeting
          </button>
          <button type="button" onClick={() => navigate('/')}>
            Start page
          </button>
        </div>
      </header>
      {problem && (
        <div className="card notice-card" role="alert">
          <p>{explain(problem.code, problem.message)}</p>
          <button type="button" className="primary" onClick={list.reload}>
            Try again
          </button>
        </div>
      )}
      {!recordings && !problem && <Spinner text="Looking for recordings …" />}
      {recordings?.length === 0 && !problem && (
        <div className="card notice-card">
          <p>Nothing has been recorded in this meeting yet.</p>
          <p className="faint">A moderator starts a recording with the Record button in the meeting. It appears here while it is still being made.</p>
        </div>
      )}
      {recordings && recordings.length > 0 && (
        <ul className="recordings" aria-label="Recordings">
          {recordings.map((recording) => (
            <RecordingItem key={recording.id} recording={recording} playing={playing === recording.id} onPlay={(on) => setPlaying(on ? recording.id : undefined)} onRemove={() => list.remove(recording.id)} onRefresh={() => list.refresh(recording.id)} />
          ))}
        </ul>
      )}
      {list.hasMore && (
        <button type="button" onClick={list.showMore}>
          Show older ones
        </button>
      )}
    </main>
  );
}

function explain(code: number, message: string): string {
  if (code === 404) return 'There is no such meeting. The address may be mistyped, or the meeting has been closed.';
  if (code === 401) return 'Your link is not valid any more. Ask for a new one.';
  if (code === 403) return `You may not see the recordings of this meeting: ${message}`;
  return message;
}
