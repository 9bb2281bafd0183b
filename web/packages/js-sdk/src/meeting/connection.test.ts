import { beforeEach, describe, expect, it } from 'vitest';
import { ErrorCode } from '../errors.js';
import { setLogLevel } from '../log.js';
import { ParleyEntry } from '../parley.js';
import { FakeBrowser } from '../testing/fake_browser.js';
import { settle } from '../testing/fake_clock.js';
import { asStream, camera, microphone } from '../testing/fake_media.js';
import { FakeServer, kJoined } from '../testing/fake_server.js';
import { kConnectTimeoutMs, kDisconnectedMs, kMaxFruitlessRejoins, kRejoinForMs } from './connection.js';
import type { RoomMeeting } from './meeting.js';

setLogLevel('NONE');

let browser: FakeBrowser;
let server: FakeServer;
let meeting: RoomMeeting;
let log: string[];

const kAnna = { participantId: 'anna', streams: [{ source: 0 }, { source: 1 }] };

beforeEach(async () => {
  browser = new FakeBrowser();
  server = new FakeServer(browser);
  server.joined = { ...kJoined, room: { participants: [kAnna] }, seats: [{ seat: 1, participantId: 'anna' }] };
  const entry = new ParleyEntry(
    () => browser,
    () => 'https://meet.example',
  );
  entry.config('token');
  const own = asStream(camera(), microphone());
  meeting = entry.initMeeting({
    meetingId: 'room',
    webcamEnabled: true,
    micEnabled: true,
    customCameraVideoTrack: own,
    customMicrophoneAudioTrack: own,
  });
  await meeting.join();
  browser.peer.become('connected');
  await settle();
  log = [];
  meeting.on('meeting-state-changed', ({ state }) => log.push(state));
  meeting.on('participant-joined', ({ id }) => log.push(`in ${id}`));
  meeting.on('participant-left', ({ id }) => log.push(`out ${id}`));
  meeting.on('meeting-left', ({ code }) => log.push(`left ${code}`));
  meeting.on('error', ({ code }) => log.push(`error ${code}`));
});

/** The next session is new to the server, which knows no resume key. */
function forgetful(): void {
  server.answers.resume = () => ({ case: 'error', value: { code: 4001, message: 'unknown' } });
}
const annaVideo = () =>
  [...(meeting.participants.get('anna')?.streams.values() ?? [])].find(({ kind }) => kind === 'video');

describe('a cut socket', () => {
  it('is resumed; media and people stay, and what is on is said again', async () => {
    const stream = annaVideo();
    browser.socket.cut();
    expect(log).toEqual(['RECONNECTING']);
    await expect(meeting.end()).rejects.toMatchObject({ code: ErrorCode.RECONNECTING });
    await browser.advance(300);
    expect(log).toEqual(['RECONNECTING', 'CONNECTED']);
    expect(annaVideo()).toBe(stream);
    expect(browser.peers).toHaveLength(1);
    expect(server.all('publish').map(({ source, enabled }) => [source, enabled])).toEqual([
      [0, true],
      [1, true],
      [2, false],
      [3, false],
    ]);
  });

  it('that missed too much takes over the state', async () => {
    server.answers.resume = () => ({
      case: 'resumed',
      value: { replayed: false, room: { participants: [{ participantId: 'ben' }] }, seats: [] },
    });
    browser.socket.cut();
    await browser.advance(300);
    expect(log).toEqual(['RECONNECTING', 'out anna', 'in ben', 'CONNECTED']);
  });

  it('renegotiates afterwards what was wanted meanwhile', async () => {
    browser.socket.cut();
    browser.peer.become('disconnected');
    await browser.advance(150);
    server.down = true;
    await browser.advance(3_000);
    expect(server.all('renegotiate')).toHaveLength(0);
    server.down = false;
    await browser.advance(6_000);
    expect(server.all('renegotiate')).toHaveLength(1);
    expect(browser.peer.offers.at(-1)?.iceRestart).toBe(true);
    browser.peer.become('connected');
    expect(log).toEqual(['RECONNECTING', 'CONNECTED']);
  });
});

describe('a server that has forgotten', () => {
  it('is joined again with the same id, tracks and people', async () => {
    forgetful();
    const before = annaVideo();
    browser.socket.cut();
    await browser.advance(300);
    browser.peer.become('connected');
    expect(log).toEqual(['RECONNECTING', 'CONNECTED']);
    expect(browser.peers).toHaveLength(2);
    expect(browser.peers[0]!.connectionState).toBe('closed');
    expect(server.all('join')[1]).toMatchObject({
      participantId: 'me',
      publishes: [
        { source: 1, enabled: true },
        { source: 0, enabled: true },
      ].reverse(),
    });
    expect(browser.peer.transceivers[1]!.sender.track).toBe(browser.peers[0]!.transceivers[1]!.sender.track);
    expect(annaVideo()).not.toBe(before);
    expect(annaVideo()?.track).toBe(browser.peer.transceivers[5]!.receiver.track);
  });

  it('is waited for while it is down', async () => {
    forgetful();
    server.down = true;
    browser.socket.cut();
    await browser.advance(60_000);
    expect(meeting.state).toBe('RECONNECTING');
    server.down = false;
    await browser.advance(7_000);
    expect(meeting.state).toBe('CONNECTED');
  });

  it('is given up after two minutes with reason 1102', async () => {
    server.down = true;
    browser.socket.cut();
    await browser.advance(31_000 + kRejoinForMs + 10_000);
    expect(log).toEqual(
      ['RECONNECTING', `error ${ErrorCode.MEDIA_CONNECTION_FAILED}`, 'FAILED', 'out anna', 'left 1102'].filter(
        (line) => line !== 'out anna',
      ),
    );
    expect(browser.pendingTimers).toBe(0);
    expect(browser.listenerCount('network')).toBe(0);
  });

  it('and refuses now is final', async () => {
    forgetful();
    server.answers.join = () => ({ case: 'error', value: { code: 4002, message: 'expired' } });
    browser.socket.cut();
    await browser.advance(1000);
    expect(log).toEqual(['RECONNECTING', 'error 4002', 'FAILED', 'left 1103']);
  });

  it('and does not let a guest in again is final, too', async () => {
    forgetful();
    let joins = 0;
    server.answers.join = () => (joins++, { case: 'entryPending', value: {} });
    browser.socket.cut();
    await browser.advance(1000);
    expect(meeting.state).toBe('WAITING');
    browser.socket.say({ body: { case: 'error', value: { code: ErrorCode.CANNOT_JOIN, message: 'denied' } } });
    await browser.advance(20_000);
    expect(log.slice(-3)).toEqual([`error ${ErrorCode.CANNOT_JOIN}`, 'FAILED', 'left 1103']);
    expect(joins).toBe(1);
  });

  it('can be left while it is waited for', async () => {
    server.down = true;
    forgetful();
    browser.socket.cut();
    await browser.advance(40_000);
    await meeting.leave();
    expect(log.at(-1)).toBe('left 1101');
    const sockets = browser.sockets.length;
    await browser.advance(60_000);
    expect(browser.sockets).toHaveLength(sockets);
  });
});

describe('a broken path', () => {
  it('that stumbles for a moment gets nothing', async () => {
    browser.peer.become('disconnected');
    await browser.advance(kDisconnectedMs - 100);
    browser.peer.become('connected');
    await browser.advance(5_000);
    expect(log).toEqual(['RECONNECTING', 'CONNECTED']);
    expect(server.all('renegotiate')).toHaveLength(0);
  });

  it('gets an ICE restart', async () => {
    browser.peer.become('disconnected');
    await browser.advance(kDisconnectedMs);
    expect(browser.peer.offers.map(({ iceRestart }) => iceRestart)).toEqual([false, true]);
    browser.peer.become('connected');
    expect(log).toEqual(['RECONNECTING', 'CONNECTED']);
  });

  it('that an ICE restart does not mend gets a new connection', async () => {
    browser.peer.become('disconnected');
    await browser.advance(kDisconnectedMs);
    browser.peer.become('failed');
    await browser.advance(100);
    expect(browser.peers).toHaveLength(2);
    expect(server.all('join')).toHaveLength(2);
    browser.peer.become('connected');
    expect(meeting.state).toBe('CONNECTED');
  });

  it('that stays silent after the restart gets one, too', async () => {
    browser.peer.become('failed');
    await browser.advance(kConnectTimeoutMs + 100);
    expect(server.all('join')).toHaveLength(2);
  });

  it('that no connection ever mends ends the meeting', async () => {
    browser.peer.become('failed');
    await browser.advance((2 + 2 * kMaxFruitlessRejoins) * kConnectTimeoutMs);
    expect(server.all('join')).toHaveLength(1 + kMaxFruitlessRejoins);
    expect(log.at(-1)).toBe('left 1102');
  });

  it('as the server sees it: lost gets a restart, failed a new connection', async () => {
    server.say({ case: 'mediaState', value: { state: 2 } });
    await settle();
    expect(browser.peer.offers.at(-1)?.iceRestart).toBe(true);
    server.say({ case: 'mediaState', value: { state: 1 } });
    expect(log).toEqual(['RECONNECTING', 'CONNECTED']);
    server.say({ case: 'mediaState', value: { state: 3 } });
    await settle();
    expect(browser.peers).toHaveLength(2);
  });

  it('after a change of network is restarted, and the socket is tried', async () => {
    browser.fire('network');
    await settle();
    expect(browser.peer.offers.at(-1)?.iceRestart).toBe(true);
    expect(browser.socket.said('ping')).toHaveLength(1);
  });
});
