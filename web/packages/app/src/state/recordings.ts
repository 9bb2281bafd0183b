// The recordings of a room: REST /v2/recordings, and how its fields are shown.
import { call } from './server.js';

/** As REST gives it; `file` is absent until it is finished, and in servers that lost it. */
export interface RecordingRecord {
  id: string;
  roomId: string;
  sessionId: string;
  status?: string;
  paused?: boolean;
  error?: { code: string; message: string } | null;
  createdAt?: string;
  /** Of the first picture. */
  start: string | null;
  end: string | null;
  file?: {
    fileUrl: string;
    filePath?: string;
    size?: number;
    type?: string;
    meta?: { resolution?: { width: number; height: number }; format?: string; duration?: number };
  } | null;
}

interface Page {
  pageInfo: { currentPage: number; perPage: number; lastPage: number; total: number };
  data: RecordingRecord[];
}

export const PER_PAGE = 20;

export function listRecordings(token: string, roomId: string, page = 1): Promise<Page> {
  const query = new URLSearchParams({ roomId, page: String(page), perPage: String(PER_PAGE) });
  return call<Page>('GET', `/v2/recordings?${query}`, { token });
}
export const getRecording = (token: string, id: string) => call<RecordingRecord>('GET', `/v2/recordings/${encodeURIComponent(id)}`, { token });
export const deleteRecording = (token: string, id: string) => call<unknown>('DELETE', `/v2/recordings/${encodeURIComponent(id)}`, { token });

/** What is to be said of its state, "" if it is simply there. */
export function describeState(record: RecordingRecord): string {
  const why = record.error?.message ? `: ${record.error.message}` : '';
  const broken = record.status?.endsWith('FAILED');
  switch (phaseOfRecord(record)) {
    case 'recording':
      return record.paused ? 'Paused' : 'Recording now';
    case 'saving':
      return 'Being saved …';
    case 'failed':
      return `Nothing was saved${why}`;
    case 'ready':
      return broken ? `Broke off, this much was saved${why}` : '';
  }
}

export type RecordingPhase = 'recording' | 'saving' | 'ready' | 'failed';

export function phaseOfRecord({ status, end, file }: RecordingRecord): RecordingPhase {
  // A failed one may still have a file: what was taken until then is not lost.
  if (file?.fileUrl) return 'ready';
  if (status?.endsWith('FAILED')) return 'failed';
  if (status?.endsWith('STOPPING')) return 'saving';
  if (status ? status.endsWith('STOPPED') : !!end) return 'failed';
  return 'recording';
}

export const isUnfinished = (record: RecordingRecord) => ['recording', 'saving'].includes(phaseOfRecord(record));

/** Seconds; from the file, else from the clock. Undefined while it is not known. */
export function lengthOf({ start, end, file }: RecordingRecord): number | undefined {
  if (file?.meta?.duration) return file.meta.duration;
  const [from, to] = [Date.parse(start ?? ''), Date.parse(end ?? '')];
  return to >= from ? (to - from) / 1000 : undefined;
}

/** 7 → "0:07", 3671 → "1:01:11" */
export function formatLength(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (n: number) => String(n).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

export function formatSize(bytes: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
  const at = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** at;
  return new Intl.NumberFormat(undefined, { style: 'unit', unit: units[at] as string, maximumFractionDigits: value < 10 && at > 0 ? 1 : 0 }).format(value);
}

const date = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

export function formatStart({ start, createdAt }: RecordingRecord): string {
  const at = Date.parse(start ?? createdAt ?? '');
  return Number.isNaN(at) ? 'Not started yet' : date.format(at);
}

/** `1280 × 720`, or what kind of sound file it is. */
export function describeFile({ file }: RecordingRecord): string {
  const { resolution, format } = file?.meta ?? {};
  const kind = (format ?? /\.(\w{2,4})$/.exec(file?.filePath ?? '')?.[1] ?? '').toUpperCase();
  const picture = resolution?.width && resolution.height ? `${resolution.width} × ${resolution.height}` : '';
  return [picture || (file ? 'Sound only' : ''), kind].filter(Boolean).join(' · ');
}

export function hasPicture({ file }: RecordingRecord): boolean {
  return !!file?.meta?.resolution?.width || !file?.meta;
}

/** A name that sorts by time and is allowed everywhere. */
export function downloadName({ roomId, start, file }: RecordingRecord): string {
  const at = (start ?? '').slice(0, 16).replace('T', ' ').replace(':', '.');
  const ending = /\.\w{2,4}$/.exec(file?.filePath ?? '')?.[0] ?? `.${file?.meta?.format ?? 'mp4'}`;
  return `${[roomId, at].filter(Boolean).join(' ')}${ending}`;
}
