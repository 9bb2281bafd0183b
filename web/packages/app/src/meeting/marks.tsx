import { useMeeting } from '@parley/react-sdk';
import { useEffect, useRef, useState } from 'react';
import { announcementOf, type Mark, marksOf, runningTime } from '../state/broadcast.js';

/** What everyone must know: that the meeting is recorded or live. Said to screen readers when it begins and ends. */
export function Marks() {
  const { egresses } = useMeeting();
  const marks = marksOf(egresses.values());
  const said = useAnnouncement(marks);
  return (
    <section className="marks" aria-label="Recording and livestream">
      {marks.map(({ kind, text, active, since }) => (
        <span key={kind} className={`mark ${active ? 'active' : ''}`} data-mark={kind}>
          {text}
          {since !== undefined && <Since time={since} />}
        </span>
      ))}
      <p className="unseen" role="status" aria-live="polite">
        {said}
      </p>
    </section>
  );
}

/** For eyes only: a screen reader would say it each second. */
function Since({ time }: { time: number }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return (
    <span className="since" aria-hidden="true">
      {runningTime(now - time)}
    </span>
  );
}

function useAnnouncement(marks: Mark[]): string {
  const before = useRef<Mark[]>([]);
  const [said, setSaid] = useState('');
  const key = JSON.stringify(marks);
  useEffect(() => {
    const words = announcementOf(before.current, marks);
    before.current = marks;
    if (words) setSaid(words);
    // `marks` is another array with every drawing; the key tells when it says something else.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key]);
  return said;
}
