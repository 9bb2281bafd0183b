// Things that happen in a meeting and that one should hear of: short notices that go by themselves, and questions that wait.
import { useCallback, useRef, useState } from 'react';

export interface Notice {
  id: number;
  text: string;
  /** Buttons; a notice with some stays until one is pressed or it is withdrawn. */
  actions: { label: string; primary?: boolean; run: () => void }[];
  /** A later notice with the same key takes its place. */
  key: string;
}

const LASTS_MS = 5000;
const MOST = 6;

export function useNotices(): {
  notices: Notice[];
  tell: (text: string) => void;
  ask: (key: string, text: string, actions: Notice['actions']) => void;
  withdraw: (key: string) => void;
} {
  const [notices, setNotices] = useState<Notice[]>([]);
  const next = useRef(1);
  const withdraw = useCallback((key: string) => setNotices((had) => had.filter((n) => n.key !== key)), []);
  const add = useCallback((notice: Notice) => {
    setNotices((had) => {
      const rest = had.filter((n) => n.key !== notice.key);
      const quiet = rest.filter((n) => n.actions.length === 0);
      // Questions are never pushed out; the oldest plain notice is.
      return [...(rest.length >= MOST && quiet[0] ? rest.filter((n) => n !== quiet[0]) : rest), notice];
    });
  }, []);
  const tell = useCallback(
    (text: string) => {
      const id = next.current++;
      const key = `notice-${id}`;
      add({ id, key, text, actions: [] });
      setTimeout(() => withdraw(key), LASTS_MS);
    },
    [add, withdraw],
  );
  const ask = useCallback(
    (key: string, text: string, actions: Notice['actions']) => {
      const closing = actions.map((a) => ({ ...a, run: () => (withdraw(key), a.run()) }));
      add({ id: next.current++, key, text, actions: closing });
    },
    [add, withdraw],
  );
  return { notices, tell, ask, withdraw };
}
