import { type FormEvent, useState } from 'react';
import { navigate } from '../app.js';
import { meetingPath, recordingsPath, roomIdFromInput } from '../state/route.js';
import { createRoom } from '../state/server.js';
import { Problem } from '../ui/problem.js';

export function HomePage() {
  const [input, setInput] = useState('');
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);

  async function start() {
    setBusy(true);
    setProblem('');
    try {
      navigate(meetingPath((await createRoom()).roomId));
    } catch (error) {
      setProblem((error as Error).message);
      setBusy(false);
    }
  }
  function join(event: FormEvent) {
    event.preventDefault();
    const roomId = roomIdFromInput(input);
    if (roomId) navigate(meetingPath(roomId));
    else setProblem('Enter a meeting id such as abcd-efgh-ijkl, or paste a meeting’s address.');
  }

  return (
    <main className="card-page">
      <section className="card home">
        <p className="brand">Parley</p>
        <h1>Meet on your own server</h1>
        <button type="button" className="primary wide" onClick={start} disabled={busy}>
          {busy ? 'Opening a meeting …' : 'New meeting'}
        </button>
        <form className="row" onSubmit={join}>
          <input value={input} onChange={(event) => setInput(event.target.value)} placeholder="Meeting id or address" aria-label="Meeting id or address" autoComplete="off" autoCapitalize="none" spellCheck={false} />
          <button type="submit" disabled={!input.trim()}>
            Join
          </button>
        </form>
        <a
          href="/recordings"
          onClick={(event) => {
            event.preventDefault();
            const roomId = roomIdFromInput(input);
            navigate(roomId ? recordingsPath(roomId) : '/recordings');
          }}
        >
          Recordings of a meeting
        </a>
        <Problem text={problem} />
      </section>
    </main>
  );
}
