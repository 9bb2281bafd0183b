import { navigate } from '../app.js';

const REASONS: Record<number, string> = {
  1001: 'The connection was lost for too long.',
  1002: 'Someone removed you from the meeting.',
  1006: 'The meeting was closed.',
  1008: 'The meeting was ended for everyone.',
  1009: 'The meeting was ended for everyone.',
  1010: 'You were removed from the meeting.',
  1011: 'You joined from another window or device.',
  1102: 'The server could not be reached again.',
};

export function LeftPage({ code, message, recordings, onRejoin }: { code: number; message: string; recordings: string | undefined; onRejoin: () => void }) {
  return (
    <main className="card-page">
      <section className="card">
        <h1>You left the meeting</h1>
        {code !== 1101 && <p role="status">{REASONS[code] ?? message}</p>}
        <div className="row">
          <button type="button" className="primary" onClick={onRejoin}>
            Join again
          </button>
          <button type="button" onClick={() => navigate('/')}>
            To the start page
          </button>
        </div>
        {recordings && <a href={recordings}>Recordings of this meeting</a>}
      </section>
    </main>
  );
}
