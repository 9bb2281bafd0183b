import { useCallback, useRef, useState } from 'react';

/** Work that a button starts: whether it is under way, and in words what went wrong the last time. */
export function useTask(): { busy: boolean; problem: string; run: (work: () => Promise<unknown>) => Promise<boolean>; setProblem: (text: string) => void } {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  const running = useRef(0);
  const run = useCallback(async (work: () => Promise<unknown>) => {
    running.current++;
    setBusy(true);
    setProblem('');
    try {
      await work();
      return true;
    } catch (error) {
      setProblem((error as Error).message);
      return false;
    } finally {
      if (--running.current === 0) setBusy(false);
    }
  }, []);
  return { busy, problem, run, setProblem };
}
