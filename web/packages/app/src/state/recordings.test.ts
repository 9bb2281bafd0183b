import { afterEach, describe, expect, test, vi } from 'vitest';
import { deleteRecording, describeFile, describeState, downloadName, formatLength, formatSize, formatStart, lengthOf, listRecordings, phaseOfRecord, type RecordingRecord } from './recordings.js';
import { ServerError } from './server.js';

const file = { fileUrl: '/files/x?sig=1', filePath: 'a/b/part.webm', size: 12, meta: { resolution: { width: 1280, height: 720 }, format: 'webm', duration: 61.4 } };
const record = (more: Partial<RecordingRecord> = {}): RecordingRecord => ({ id: 'r', roomId: 'room', sessionId: 's', start: '2026-11-24T06:30:00.000Z', end: null, ...more });

describe('a recording', () => {
  test('is at a point of its life', () => {
    expect(phaseOfRecord(record({ status: 'RECORDING_STARTED' }))).toBe('recording');
    expect(phaseOfRecord(record({ status: 'RECORDING_STOPPING' }))).toBe('saving');
    expect(phaseOfRecord(record({ status: 'RECORDING_STOPPED', file }))).toBe('ready');
    expect(phaseOfRecord(record({ status: 'RECORDING_FAILED' }))).toBe('failed');
    expect(phaseOfRecord(record({ status: 'RECORDING_FAILED', file })), 'what was saved counts').toBe('ready');
    expect(phaseOfRecord(record()), 'servers without a status').toBe('recording');
    expect(phaseOfRecord(record({ end: '2026-11-24T06:31:00.000Z', file: null }))).toBe('failed');
  });
  test('says what is the matter', () => {
    const error = { code: 'disk-full', message: 'the disk is full' };
    expect(describeState(record({ status: 'RECORDING_STARTED', paused: true }))).toBe('Paused');
    expect(describeState(record({ status: 'RECORDING_FAILED', error }))).toBe('Nothing was saved: the disk is full');
    expect(describeState(record({ status: 'RECORDING_FAILED', error, file }))).toBe('Broke off, this much was saved: the disk is full');
    expect(describeState(record({ status: 'RECORDING_STOPPED', file }))).toBe('');
  });
  test('has a length: the file’s, else the clock’s', () => {
    expect(lengthOf(record({ file }))).toBe(61.4);
    expect(lengthOf(record({ end: '2026-11-24T06:31:30.000Z' }))).toBe(90);
    expect(lengthOf(record())).toBeUndefined();
    expect([0.4, 7, 61.4, 3671].map(formatLength)).toEqual(['0:00', '0:07', '1:01', '1:01:11']);
  });
  test('is described and named', () => {
    expect(describeFile(record({ file }))).toBe('1280 × 720 · WEBM');
    expect(describeFile(record({ file: { ...file, meta: { format: 'mp4' } } }))).toBe('Sound only · MP4');
    expect(describeFile(record())).toBe('');
    expect(downloadName(record({ file }))).toBe('room 2026-11-24 06.30.webm');
    expect(downloadName(record({ start: null, file: { fileUrl: 'x' } }))).toBe('room.mp4');
    expect(formatStart(record({ start: null }))).toBe('Not started yet');
    expect(formatStart(record({ start: null, createdAt: '2026-11-24T06:30:00.000Z' }))).toMatch(/2026/);
    expect([0, 999, 1000, 2_340_000, 23_400_000, 5e12].map(formatSize)).toEqual(['0 byte', '999 byte', '1 kB', '2.3 MB', '23 MB', '5 TB']);
  });
});

describe('the server', () => {
  afterEach(() => vi.unstubAllGlobals());
  const answer = (status: number, body: unknown) => {
    const fetched = vi.fn(async (_path: string, _init: RequestInit) => new Response(JSON.stringify(body), { status }));
    vi.stubGlobal('fetch', fetched);
    return fetched;
  };

  test('is asked for one room, page by page, with the token', async () => {
    const fetched = answer(200, { pageInfo: {}, data: [record()] });
    expect((await listRecordings('token', 'a b', 2)).data).toHaveLength(1);
    expect(fetched).toHaveBeenCalledWith('/v2/recordings?roomId=a+b&page=2&perPage=20', expect.objectContaining({ method: 'GET', headers: { authorization: 'token' } }));
    await deleteRecording('token', 'r/1');
    expect(fetched.mock.lastCall?.[0]).toBe('/v2/recordings/r%2F1');
  });
  test('that refuses is quoted; that is away is said to be', async () => {
    answer(403, { message: 'only that room' });
    await expect(listRecordings('token', 'room')).rejects.toEqual(new ServerError(403, 'only that room'));
    vi.stubGlobal('fetch', async () => Promise.reject(new TypeError('net')));
    await expect(listRecordings('token', 'room')).rejects.toMatchObject({ status: 0, message: expect.stringContaining('cannot be reached') });
  });
});
