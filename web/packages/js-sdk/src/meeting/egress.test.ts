// Recordings, livestreams and HLS as an application meets them: the whole meeting against a server that answers.
import { beforeEach, describe, expect, it } from 'vitest';
import { ErrorCode } from '../errors.js';
import { setLogLevel } from '../log.js';
import { ParleyEntry } from '../parley.js';
import { FakeBrowser } from '../testing/fake_browser.js';
import { settle } from '../testing/fake_clock.js';
import { FakeServer, kJoined } from '../testing/fake_server.js';
import type { RoomMeeting } from './meeting.js';

setLogLevel('NONE');

let browser: FakeBrowser;
let server: FakeServer;
let meeting: RoomMeeting;
let log: unknown[];

const kOutput = { url: 'rtmp://live.example/app', streamKey: 'key' };
const recording = (status: string, more = {}) => ({ egressId: 'r', status: `RECORDING_${status}`, ...more });
const hls = (status: string, more = {}) => ({ kind: 2, egressId: 'h', status: `HLS_${status}`, ...more });
const live = (status: string, more = {}) => ({ kind: 1, egressId: 'l', status: `LIVESTREAM_${status}`, ...more });
const say = (value: ReturnType<typeof recording>) => server.say({ case: 'egressChanged', value });

async function join(): Promise<void> {
  const entry = new ParleyEntry(
    () => browser,
    () => 'https://meet.example',
  );
  entry.config('token');
  meeting = entry.initMeeting({ meetingId: 'room', mode: 'SIGNALLING_ONLY' });
  log = [];
  meeting.on('meeting-joined', () => log.push('joined'));
  for (const name of ['recording-state-changed', 'livestream-state-changed', 'hls-state-changed'] as const) {
    meeting.on(name, ((change: unknown) => log.push(change)) as never);
  }
  meeting.on('error', ({ code }) => log.push(`error ${code}`));
  await meeting.join();
}

beforeEach(() => {
  browser = new FakeBrowser();
  server = new FakeServer(browser);
  server.answers.startEgress = ({ body }) => ({
    case: 'egressStarted',
    value: { state: [recording, live, hls][body.case === 'startEgress' ? body.value.kind : 0]!('STARTING') },
  });
});

describe('a recording', () => {
  beforeEach(join);

  it('starts, goes on after a pause, and stops', async () => {
    expect(meeting.recordingState).toBe('RECORDING_STOPPED');
    const started = await meeting.startRecording('https://hook.example', '/dir', {
      layout: { type: 'GRID' },
      fileFormat: 'webm',
    });
    expect(started).toMatchObject({ id: 'r', kind: 'recording', status: 'RECORDING_STARTING' });
    expect(meeting.recordingState).toBe('RECORDING_STARTING');
    const [asked] = server.all('startEgress');
    expect(asked?.kind).toBe(0);
    expect(JSON.parse(asked!.optionsJson)).toEqual({
      ...{ webhookUrl: 'https://hook.example', awsDirPath: '/dir', fileFormat: 'webm' },
      config: { layout: { type: 'GRID' } },
    });
    say(recording('STARTED', { startedAtMs: 1_763_800_000_000n }));
    expect(meeting.egresses.get('r')).toMatchObject({ startedAt: 1_763_800_000_000, paused: false });
    await meeting.pauseRecording();
    say(recording('STARTED', { startedAtMs: 1_763_800_000_000n, paused: true }));
    expect(meeting.egresses.get('r')?.paused).toBe(true);
    await meeting.resumeRecording('r');
    expect(server.all('updateEgress').map(({ kind, egressId, optionsJson }) => [kind, egressId, optionsJson])).toEqual([
      [0, '', '{"paused":true}'],
      [0, 'r', '{"paused":false}'],
    ]);
    await meeting.stopRecording();
    expect(server.all('stopEgress')).toMatchObject([{ kind: 0, egressId: '' }]);
    say(recording('STOPPING'));
    say(recording('STOPPED'));
    expect(meeting.recordingState).toBe('RECORDING_STOPPED');
    expect(meeting.egresses.size).toBe(0);
    expect(log.slice(1)).toEqual(
      ['STARTING', 'STARTED', 'STOPPING', 'STOPPED'].map((name) => ({ id: 'r', status: `RECORDING_${name}` })),
    );
  });

  it('that the server refuses rejects with its code, and nothing has changed', async () => {
    server.answers.startEgress = () => ({ case: 'error', value: { code: 4011, message: 'nobody is here' } });
    await expect(meeting.startRecording()).rejects.toMatchObject({ code: 4011, message: 'nobody is here' });
    server.answers.stopEgress = () => ({ case: 'error', value: { code: 4012 } });
    await expect(meeting.stopRecording()).rejects.toMatchObject({ code: 4012 });
    expect(meeting.recordingState).toBe('RECORDING_STOPPED');
    expect(log).toEqual(['joined']);
  });

  it('with a wrong argument is not asked for', async () => {
    await expect(meeting.startRecording('no url')).rejects.toMatchObject({ code: ErrorCode.BAD_PARAMETER });
    await expect(meeting.updateRecording({ theme: 'PINK' as never })).rejects.toMatchObject({
      code: ErrorCode.BAD_PARAMETER,
    });
    expect(server.all('startEgress').length + server.all('updateEgress').length).toBe(0);
  });

  it('that dies says why: as a state and as an error', () => {
    say(recording('STARTED'));
    say(recording('FAILED', { error: { code: 5001, message: 'the disk is full' } }));
    expect(log.slice(2)).toEqual([
      { id: 'r', status: 'RECORDING_FAILED', error: { code: 5001, message: 'the disk is full' } },
      'error 5001',
    ]);
    expect(meeting.recordingState).toBe('RECORDING_FAILED');
  });
});

describe('a livestream', () => {
  beforeEach(join);

  it('goes to its outputs, which come, go and have states of their own', async () => {
    const seen: unknown[] = [];
    meeting.on('egress-changed', ({ outputs }) => seen.push(outputs.map(({ id, state }) => `${id} ${state}`).join()));
    await meeting.startLivestream([kOutput], { quality: 'high' });
    say(live('STARTED', { outputs: [{ id: 'o1', url: kOutput.url, state: 'connecting' }] }));
    say(live('STARTED', { outputs: [{ id: 'o1', url: kOutput.url, state: 'live' }] }));
    await meeting.addLivestreamOutputs([kOutput]);
    await meeting.removeLivestreamOutputs(['o1'], 'l');
    await meeting.stopLivestream('l');
    expect(seen).toEqual(['', 'o1 connecting', 'o1 live']);
    expect(log.slice(1)).toMatchObject([{ status: 'LIVESTREAM_STARTING' }, { status: 'LIVESTREAM_STARTED' }]);
    expect(JSON.parse(server.all('startEgress')[0]!.optionsJson)).toEqual({
      outputs: [kOutput],
      config: { quality: 'high' },
    });
    expect(
      server.all('updateEgress').map(({ kind, egressId, optionsJson }) => [kind, egressId, JSON.parse(optionsJson)]),
    ).toEqual([
      [1, '', { add: [kOutput] }],
      [1, 'l', { remove: ['o1'] }],
    ]);
    expect(server.all('stopEgress')).toMatchObject([{ kind: 1, egressId: 'l' }]);
  });

  it('needs outputs that can be used', async () => {
    await expect(meeting.startLivestream([])).rejects.toMatchObject({ code: 4015 });
    await expect(meeting.addLivestreamOutputs([{ ...kOutput, url: 'x' }])).rejects.toMatchObject({ code: 4015 });
    await expect(meeting.removeLivestreamOutputs([])).rejects.toMatchObject({ code: ErrorCode.BAD_PARAMETER });
    expect(server.log.map(({ body }) => body.case)).toEqual(['join']);
  });
});

describe('HLS', () => {
  beforeEach(join);

  it('has URLs when it can be played, and none when it is over', async () => {
    await meeting.startHls({ layout: { type: 'SPOTLIGHT', priority: 'PIN' } });
    expect(meeting.hlsUrls).toEqual({});
    const urls = { playbackHlsUrl: 'https://m/index.m3u8', livestreamUrl: 'https://m/live.m3u8' };
    say(hls('PLAYABLE', urls));
    expect(meeting.hlsState).toBe('HLS_PLAYABLE');
    expect(meeting.hlsUrls).toEqual({ ...urls, downstreamUrl: urls.playbackHlsUrl });
    expect(log.at(-1)).toEqual({ id: 'h', status: 'HLS_PLAYABLE', ...urls, downstreamUrl: urls.playbackHlsUrl });
    await meeting.updateHls({ theme: 'LIGHT' });
    await meeting.stopHls();
    say(hls('STOPPED'));
    expect(meeting.hlsUrls).toEqual({});
    expect(server.all('updateEgress')).toMatchObject([{ kind: 2, optionsJson: '{"config":{"theme":"LIGHT"}}' }]);
  });
});

describe('the layout', () => {
  beforeEach(join);

  it('changes while it runs, by method', async () => {
    await meeting.updateRecording({ layout: { type: 'SIDEBAR' }, theme: 'DARK' });
    await meeting.updateLivestream({ theme: 'LIGHT' }, 'l');
    expect(
      server.all('updateEgress').map(({ kind, egressId, optionsJson }) => [kind, egressId, JSON.parse(optionsJson)]),
    ).toEqual([
      [0, '', { config: { layout: { type: 'SIDEBAR' }, theme: 'DARK' } }],
      [1, 'l', { config: { theme: 'LIGHT' } }],
    ]);
  });

  it('changes as VideoSDK’s pages do it: a message on a topic, which goes out as well', async () => {
    const message = JSON.stringify({ layout: { type: 'SPOTLIGHT', priority: 'PIN' } });
    await meeting.pubSub.publish('RECORDING_LAYOUT', message, { persist: true });
    expect(server.all('updateEgress')).toEqual([]); // nothing runs
    say(recording('STARTED'));
    await meeting.pubSub.publish('RECORDING_LAYOUT', message, { persist: true });
    await meeting.pubSub.publish('LIVE_STREAM_LAYOUT', message, { persist: true });
    expect(server.all('updateEgress')).toMatchObject([
      { kind: 0, egressId: 'r', optionsJson: '{"config":{"layout":{"type":"SPOTLIGHT","priority":"PIN"}}}' },
    ]);
    expect(server.all('pubsubPublish').map(({ topic }) => topic)).toEqual([
      'RECORDING_LAYOUT',
      'RECORDING_LAYOUT',
      'LIVE_STREAM_LAYOUT',
    ]);
    await meeting.startLivestream([kOutput], { theme: 'DARK' }); // starts later, without a layout of its own
    expect(JSON.parse(server.all('startEgress')[0]!.optionsJson).config).toEqual({
      layout: { type: 'SPOTLIGHT', priority: 'PIN' },
      theme: 'DARK',
    });
    const bad = JSON.stringify({ layout: { type: 'CIRCLE' } });
    await expect(meeting.pubSub.publish('HLS_LAYOUT', bad)).rejects.toMatchObject({ code: ErrorCode.BAD_PARAMETER });
    server.answers.updateEgress = () => ({ case: 'error', value: { code: 4008 } });
    await expect(meeting.pubSub.publish('RECORDING_LAYOUT', message)).rejects.toMatchObject({ code: 4008 });
    expect(server.all('pubsubPublish')).toHaveLength(3);
  });
});

describe('those who come late or were away', () => {
  it('find what runs, after the meeting itself', async () => {
    server.joined = { ...kJoined, room: { egresses: [recording('STARTED', { paused: true }), hls('STARTED')] } };
    await join();
    expect(log).toEqual(['joined', { id: 'r', status: 'RECORDING_STARTED' }, { id: 'h', status: 'HLS_STARTED' }]);
    expect(meeting.recordingState).toBe('RECORDING_STARTED');
    expect(meeting.egresses.get('r')?.paused).toBe(true);
  });

  it('get what was missed with the state, and may not ask meanwhile', async () => {
    await join();
    say(recording('STARTED'));
    server.answers.resume = () => ({
      case: 'resumed',
      value: { replayed: false, room: { egresses: [live('STARTED')] } },
    });
    browser.socket.cut();
    await expect(meeting.stopRecording()).rejects.toMatchObject({ code: ErrorCode.RECONNECTING });
    expect(meeting.recordingState).toBe('RECORDING_STARTED');
    await browser.advance(1000);
    await settle();
    expect(log.slice(2)).toEqual([
      { id: 'r', status: 'RECORDING_STOPPED' },
      { id: 'l', status: 'LIVESTREAM_STARTED' },
    ]);
  });

  it('after leaving nothing is known, and nothing can be asked', async () => {
    await join();
    say(recording('STARTED'));
    await meeting.leave();
    expect(meeting.recordingState).toBe('RECORDING_STOPPED');
    expect(meeting.egresses.size).toBe(0);
    await expect(meeting.startRecording()).rejects.toMatchObject({ code: ErrorCode.NOT_JOINED });
  });
});
