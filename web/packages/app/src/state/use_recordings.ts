import { useCallback, useEffect, useRef, useState } from 'react';
import { deleteRecording, getRecording, isUnfinished, listRecordings, PER_PAGE, type RecordingRecord } from './recordings.js';
import { fetchToken, type ServerError } from './server.js';

// A recording that is under way changes when it ends: often enough to notice, seldom enough for a page that is left open.
const LOOK_AGAIN_MS = 4000;

export interface RecordingList {
  /** Undefined while loading. */
  recordings: RecordingRecord[] | undefined;
  hasMore: boolean;
  problem: { code: number; message: string } | undefined;
  showMore: () => void;
  reload: () => void;
  /** Deletes it on the server, then here. Rejects with the server's words. */
  remove: (id: string) => Promise<void>;
  /** With a fresh link to its file: links expire. */
  refresh: (id: string) => Promise<RecordingRecord>;
}

/** The recordings of a room, the newest first as the server gives them. */
export function useRecordings(roomId: string, givenToken: string | undefined): RecordingList {
  const [recordings, setRecordings] = useState<RecordingRecord[]>();
  const [hasMore, setHasMore] = useState(false);
  const [problem, setProblem] = useState<RecordingList['problem']>();
  const [pages, setPages] = useState(1);
  const [turn, setTurn] = useState(0);
  const token = useRef(givenToken);

  const obtainToken = useCallback(async () => (token.current ??= (await fetchToken(roomId)).token), [roomId]);
  const reload = useCallback(() => setTurn((n) => n + 1), []);

  useEffect(() => {
    let stale = false;
    async function load() {
      const held = await obtainToken();
      const all: RecordingRecord[] = [];
      let lastPage = 1;
      for (let page = 1; page <= Math.min(pages, lastPage); page++) {
        const { data, pageInfo } = await listRecordings(held, roomId, page);
        all.push(...data);
        lastPage = pageInfo?.lastPage ?? (data.length < PER_PAGE ? page : page + 1);
      }
      if (stale) return;
      setRecordings(all);
      setHasMore(lastPage > pages);
      setProblem(undefined);
    }
    load().catch((error: ServerError) => !stale && setProblem({ code: error.status ?? 0, message: error.message }));
    return () => {
      stale = true;
    };
  }, [roomId, pages, turn, obtainToken]);

  const waiting = !!recordings?.some(isUnfinished);
  useEffect(() => {
    if (!waiting) return;
    const timer = setInterval(() => document.visibilityState === 'visible' && reload(), LOOK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [waiting, reload]);

  const remove = useCallback(
    async (id: string) => {
      await deleteRecording(await obtainToken(), id);
      setRecordings((had) => had?.filter((recording) => recording.id !== id));
    },
    [obtainToken],
  );
  const refresh = useCallback(
    async (id: string) => {
      const fresh = await getRecording(await obtainToken(), id);
      setRecordings((had) => had?.map((recording) => (recording.id === id ? fresh : recording)));
      return fresh;
    },
    [obtainToken],
  );
  return { recordings, hasMore, problem, showMore: () => setPages(pages + 1), reload, remove, refresh };
}
