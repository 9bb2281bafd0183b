import { beforeEach, describe, expect, it } from 'vitest';
import type { MeetingOptions } from '../api/parley.js';
import type { Stream } from '../api/stream.js';
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
let log: string[];

const kNames = [
  'meeting-joined',
  'participant-joined',
  'participant-left',
  'speaker-changed',
  'presenter-changed',
  'main-participant-changed',
  'entry-requested',
  'entry-responded',
  'entry-pending',
  'mic-requested',
  'webcam-requested',
  'pin-state-changed',
  'participant-mode-changed',
  'paused-all-streams',
  'resumed-all-streams',
  'data',
] as const;

function make(options: Partial<MeetingOptions> = {}): void {
  const entry = new ParleyEntry(
    () => browser,
    () => 'https://meet.example',
  );
  entry.config('token');
  meeting = entry.initMeeting({ meetingId: 'room', name: 'Me', ...options });
  log = [];
  for (const name of kNames) {
    meeting.on(name, ((first?: { id?: string }) => log.push(first?.id ? `${name} ${first.id}` : name)) as never);
  }
  meeting.on('meeting-state-changed', ({ state }) => log.push(state));
  meeting.on('meeting-left', ({ code }) => log.push(`left ${code}`));
  meeting.on('error', ({ code }) => log.push(`error ${code}`));
  meeting.on('participant-joined', (participant) => {
    participant.on('stream-enabled', ({ kind }) => log.push(`+ ${participant.id} ${kind}`));
    participant.on('stream-disabled', ({ kind }) => log.push(`- ${participant.id} ${kind}`));
  });
}

async function join(options: Partial<MeetingOptions> = {}): Promise<void> {
  make(options);
  await meeting.join();
  await settle();
  browser.peer.become('connected');
  await settle();
}

const kAnna = {
  participantId: 'anna',
  displayName: 'Anna',
  streams: [
    { source: 0, codec: 'opus' },
    { source: 1, codec: 'VP8' },
  ],
};
function annaJoins(): void {
  server.say({ case: 'participantJoined', value: { participant: kAnna } });
  server.say({ case: 'seatsChanged', value: { seats: [{ seat: 1, participantId: 'anna' }] } });
}
const annaStream = (kind: string): Stream | undefined =>
  [...(meeting.participants.get('anna')?.streams.values() ?? [])].find((s) => s.kind === kind);

beforeEach(() => {
  browser = new FakeBrowser();
  server = new FakeServer(browser);
});

describe('joining', () => {
  it('is one message with the offer and who one is', async () => {
    await join({ participantId: 'me', metaData: { team: 7 }, mode: 'CONFERENCE' });
    expect(browser.socket.url).toBe('wss://meet.example/v1/signal');
    expect(server.log).toHaveLength(1);
    const [message] = server.all('join');
    expect(message).toMatchObject({
      token: 'token',
      roomId: 'room',
      participantId: 'me',
      displayName: 'Me',
      metaDataJson: '{"team":7}',
      mode: 0,
    });
    expect(message?.offer?.seats).toHaveLength(5);
    expect(message?.device).toMatchObject({ sdkType: 'js' });
    expect(meeting).toMatchObject({
      id: 'abcd-efgh-ijkl',
      sessionId: 'session-1',
      state: 'CONNECTED',
      permissions: ['allow_join'],
    });
    expect(browser.peer.answers).toEqual(['v=0\r\nanswer']);
    expect(Object.keys(meeting.joinTimings).sort()).toEqual(['dtls', 'ice', 'offer', 'signalling', 'socket']);
  });

  it('finds those who are there: the meeting, then people, then their streams', async () => {
    server.joined = {
      ...kJoined,
      room: { participants: [kAnna], activeSpeakerId: 'anna' },
      seats: [{ seat: 1, participantId: 'anna' }],
    };
    await join();
    expect(log).toEqual([
      'CONNECTING',
      'meeting-joined',
      'participant-joined anna',
      'speaker-changed',
      '+ anna audio',
      '+ anna video',
      'CONNECTED',
    ]);
    expect(annaStream('video')?.track).toBe(browser.peer.transceivers[5]!.receiver.track);
    expect(annaStream('video')?.codec).toBe('VP8');
    expect(meeting.participants.get('anna')).toMatchObject({ micOn: true, webcamOn: true, screenShareOn: false });
  });

  it('without media has no peer connection', async () => {
    make({ mode: 'SIGNALLING_ONLY' });
    await meeting.join();
    expect(browser.peers).toHaveLength(0);
    expect(server.all('join')[0]).toMatchObject({ mode: 2 });
    expect(server.all('join')[0]?.offer).toBeUndefined();
    expect(meeting.state).toBe('CONNECTED');
  });

  it('that is refused rejects with the code, and leaves nothing behind', async () => {
    server.answers.join = () => ({ case: 'error', value: { code: 4003, message: 'no such room' } });
    make();
    await expect(meeting.join()).rejects.toMatchObject({ code: 4003 });
    expect(log).toEqual(['CONNECTING', 'FAILED']);
    expect(browser.listenerCount('hide') + browser.pendingTimers).toBe(0);
    expect(browser.peer.connectionState).toBe('closed');
    await expect(meeting.join()).rejects.toMatchObject({ code: ErrorCode.ALREADY_IN_STATE });
  });

  it('as a guest waits to be let in', async () => {
    server.answers.join = () => ({ case: 'entryPending', value: {} });
    make();
    const joined = meeting.join();
    await settle();
    expect(meeting.state).toBe('WAITING');
    browser.socket.say({ seq: 2n, body: { case: 'joined', value: server.joined } });
    await joined;
    expect(log).toEqual(['CONNECTING', 'WAITING', 'entry-pending', 'meeting-joined', 'CONNECTED']);
  });
});

describe('leaving before being in', () => {
  it('ends the join', async () => {
    server.answers.join = () => ({ case: 'entryPending', value: {} });
    make();
    const joined = meeting.join();
    const expectation = expect(joined).rejects.toMatchObject({ code: ErrorCode.ABORTED });
    await settle();
    await meeting.leave();
    await expectation;
    expect(log).toEqual(['CONNECTING', 'WAITING', 'entry-pending', 'DISCONNECTED']);
    expect(browser.pendingTimers).toBe(0);
  });
});

describe('others', () => {
  beforeEach(() => join());

  it('appear, publish, stop and leave', () => {
    log.length = 0;
    annaJoins();
    const changes: unknown[] = [];
    meeting.participants.get('anna')!.on('media-status-changed', (change) => changes.push(change));
    server.say({ case: 'participantUpdated', value: { participant: { ...kAnna, streams: [{ source: 1 }] } } });
    server.say({ case: 'participantLeft', value: { participantId: 'anna', reason: { code: 1101 } } });
    expect(log).toEqual([
      'participant-joined anna',
      '+ anna audio',
      '+ anna video',
      '- anna audio',
      '- anna video',
      'participant-left anna',
    ]);
    expect(changes).toEqual([{ kind: 'audio', newStatus: false }]);
    expect(meeting.participants.size).toBe(0);
  });

  it('have their screen on a share seat', () => {
    annaJoins();
    server.say({
      case: 'participantUpdated',
      value: {
        participant: { ...kAnna, streams: [...kAnna.streams, { source: 2, displaySurface: 'window' }, { source: 3 }] },
      },
    });
    expect(annaStream('share')).toBeUndefined();
    server.say({ case: 'seatsChanged', value: { seats: [{ seat: 5, participantId: 'anna' }] } });
    expect(annaStream('share')).toMatchObject({
      displaySurface: 'window',
      track: browser.peer.transceivers[13]!.receiver.track,
    });
    expect(annaStream('shareAudio')?.track).toBe(browser.peer.transceivers[12]!.receiver.track);
    expect(meeting.participants.get('anna')?.screenShareAudioOn).toBe(true);
  });

  it('who are too many get seats by renegotiation', async () => {
    server.say({ case: 'seatsWanted', value: { main: 5, share: 1 } });
    await settle();
    expect(server.all('renegotiate')).toHaveLength(1);
    annaJoins();
    server.say({ case: 'seatsChanged', value: { seats: [{ seat: 1 }, { seat: 6, participantId: 'anna' }] } });
    expect(annaStream('video')?.track).toBe(browser.peer.transceivers[15]!.receiver.track);
  });

  it('a stream that moves to another seat is a new stream', () => {
    annaJoins();
    log.length = 0;
    const before = annaStream('video')!;
    server.say({ case: 'seatsChanged', value: { seats: [{ seat: 1 }, { seat: 2, participantId: 'anna' }] } });
    expect(log).toEqual(['- anna audio', '+ anna audio', '- anna video', '+ anna video']);
    expect(annaStream('video')!.id).not.toBe(before.id);
  });

  it('pause, and are paused for want of bandwidth', () => {
    annaJoins();
    const anna = meeting.participants.get('anna')!;
    const seen: string[] = [];
    anna.on('stream-paused', ({ kind, reason }) => seen.push(`paused ${kind} ${reason}`));
    anna.on('stream-resumed', ({ kind, reason }) => seen.push(`resumed ${kind} ${reason}`));
    anna.on('video-quality-changed', ({ currentQuality, prevQuality }) =>
      seen.push(`${prevQuality} → ${currentQuality}`),
    );
    server.say({
      case: 'participantUpdated',
      value: { participant: { ...kAnna, streams: [{ source: 0 }, { source: 1, paused: true }] } },
    });
    const change = { participantId: 'anna', source: 1, spatialLayer: 2, temporalLayer: 2, quality: 3 };
    server.say({ case: 'receiveChanged', value: change });
    server.say({ case: 'receiveChanged', value: { ...change, pause: 2, spatialLayer: -1, quality: 1 } });
    expect(annaStream('video')?.paused).toBe(true);
    server.say({ case: 'receiveChanged', value: change });
    server.say({ case: 'participantUpdated', value: { participant: kAnna } });
    expect(seen).toEqual([
      'paused video publisher',
      'undefined → high',
      'paused video bandwidth',
      'high → low',
      'resumed video bandwidth',
      'low → high',
      'resumed video publisher',
    ]);
    expect(annaStream('video')?.paused).toBe(false);
  });

  it('are received as wished', async () => {
    annaJoins();
    const anna = meeting.participants.get('anna')!;
    expect(anna.quality).toBe('high');
    anna.setQuality('low');
    anna.setViewPort(320.4, 180);
    await browser.advance(200);
    expect(server.all('receive')).toMatchObject([
      { participantId: 'anna', source: 1, quality: 1, width: 320, height: 180, paused: false },
    ]);
    await annaStream('audio')!.pause();
    expect(server.all('receive').at(-1)).toMatchObject({ source: 0, paused: true });
    expect(annaStream('audio')!.paused).toBe(true);
    expect(() => anna.setQuality('best' as never)).toThrow();
    expect(() => anna.setViewPort(NaN, 1)).toThrow();
  });

  it('speak, present and are pinned', () => {
    annaJoins();
    log.length = 0;
    server.say({ case: 'speakerChanged', value: { participantId: 'anna', mainParticipantId: 'anna' } });
    server.say({ case: 'presenterChanged', value: { participantId: 'anna', mainParticipantId: 'anna' } });
    const pin = { participantId: 'anna', state: { cam: true }, pinnedBy: 'me', mainParticipantId: 'anna' };
    server.say({ case: 'pinStateChanged', value: pin });
    expect(log).toEqual(['speaker-changed', 'main-participant-changed anna', 'presenter-changed', 'pin-state-changed']);
    expect([meeting.activeSpeakerId, meeting.activePresenterId, meeting.mainParticipantId]).toEqual([
      'anna',
      'anna',
      'anna',
    ]);
    expect([...meeting.pinnedParticipants]).toEqual([['anna', { cam: true, share: false }]]);
  });

  it('are moderated', async () => {
    annaJoins();
    const anna = meeting.participants.get('anna')!;
    await anna.disableMic();
    await anna.enableWebcam();
    await anna.pin('SHARE');
    await anna.unpin();
    expect(server.all('remoteMedia')).toMatchObject([
      { source: 0, enable: false },
      { source: 1, enable: true },
    ]);
    expect(server.all('pin')).toMatchObject([
      { target: 2, pinned: true },
      { target: 0, pinned: false },
    ]);
    const answers: unknown[] = [];
    meeting.on('media-request-responded', (answer) => answers.push(answer));
    server.say({ case: 'remoteMediaResponded', value: { participantId: 'anna', source: 1, accepted: true } });
    expect(answers).toEqual([{ participantId: 'anna', kind: 'video', accepted: true }]);
    server.answers.removeParticipant = () => ({ case: 'error', value: { code: 4066 } });
    await expect(anna.remove()).rejects.toMatchObject({ code: 4066 });
  });

  it('knock', async () => {
    let request: { allow(): Promise<void>; deny(): Promise<void> } | undefined;
    meeting.on('entry-requested', (asked) => (request = asked));
    server.say({ case: 'entryRequested', value: { participantId: 'carl', displayName: 'Carl' } });
    await request!.allow();
    await request!.deny();
    expect(server.all('respondEntry')).toMatchObject([
      { participantId: 'carl', allow: true },
      { participantId: 'carl', allow: false },
    ]);
    await expect(meeting.respondEntry('carl', 'perhaps' as never)).rejects.toMatchObject({
      code: ErrorCode.BAD_PARAMETER,
    });
  });
});

describe('health', () => {
  it('of streams and of what is sent is told', async () => {
    await join();
    annaJoins();
    server.answers.ping = () => ({ case: 'pong', value: {} });
    const seen: string[] = [];
    const stream = annaStream('video')!;
    stream.on('state', (state) => seen.push(state));
    meeting.on('quality-limitation', ({ type, state }) => seen.push(`${type} ${state}`));
    const entry = {
      type: 'inbound-rtp',
      kind: 'video',
      trackIdentifier: stream.track.id,
      packetsReceived: 7,
      framesDecoded: 3,
    };
    browser.peer.report.set('I', entry);
    browser.peer.report.set('O', { type: 'outbound-rtp', qualityLimitationReason: 'bandwidth' });
    await browser.advance(6_500);
    expect(seen).toEqual(['bandwidth detected', 'stuck']);
    await stream.pause();
    server.say({ case: 'participantLeft', value: { participantId: 'anna' } });
    expect(seen).toEqual(['bandwidth detected', 'stuck', 'ended']);
  });
});

describe('holding back', () => {
  it('autoConsume: false receives nothing until asked', async () => {
    await join({ autoConsume: false });
    annaJoins();
    expect(log.filter((line) => line.startsWith('+'))).toEqual([]);
    expect(server.all('receive').map(({ source, paused }) => [source, paused])).toEqual([
      [0, true],
      [1, true],
    ]);
    meeting.participants.get('anna')!.consumeWebcamStreams();
    expect(log.at(-1)).toBe('+ anna video');
    expect(server.all('receive').at(-1)).toMatchObject({ source: 1, paused: false });
    meeting.participants.get('anna')!.stopConsumingWebcamStreams();
    expect(log.at(-1)).toBe('- anna video');
  });

  it('pauseAllStreams is one message, and said again after a new join', async () => {
    await join();
    annaJoins();
    await meeting.pauseAllStreams('video');
    expect(server.all('pauseAll')).toMatchObject([{ sources: [1], paused: true }]);
    expect(annaStream('video')?.paused).toBe(true);
    server.answers.resume = () => ({ case: 'error', value: { code: 4001 } });
    browser.socket.cut();
    await browser.advance(1000);
    expect(server.all('join')).toHaveLength(2);
    expect(server.all('pauseAll')).toHaveLength(2);
    expect(annaStream('video')).toBeUndefined();
    annaJoins();
    expect(annaStream('video')?.paused).toBe(true); // It holds for those who come later, too.
    await annaStream('video')!.resume();
    expect(annaStream('video')!.paused).toBe(true); // Its kind is still paused.
    await annaStream('audio')!.pause();
    await meeting.resumeAllStreams();
    expect([annaStream('audio')!.paused, annaStream('video')!.paused]).toEqual([true, false]);
    expect(server.all('pauseAll').at(-1)).toMatchObject({ sources: [0, 1, 2, 3], paused: false });
    expect(log.filter((line) => line.endsWith('all-streams'))).toEqual(['paused-all-streams', 'resumed-all-streams']);
  });
});

describe('data', () => {
  beforeEach(() => join());

  it('goes out as text or bytes, up to its limit', async () => {
    await meeting.send('hé');
    await meeting.send(new Uint8Array([1, 2, 3]).subarray(1), { reliability: 'UNRELIABLE' });
    await meeting.send(new Blob(['x']));
    expect(server.all('sendData').map(({ payload, isText, unreliable }) => [[...payload], isText, unreliable])).toEqual(
      [
        [[104, 195, 169], true, false],
        [[2, 3], false, true],
        [[120], false, false],
      ],
    );
    await meeting.send('x'.repeat(15 * 1024));
    await expect(meeting.send('x'.repeat(15 * 1024 + 1))).rejects.toMatchObject({ code: ErrorCode.PAYLOAD_TOO_LARGE });
    await expect(meeting.send(7 as never)).rejects.toMatchObject({ code: ErrorCode.BAD_PARAMETER });
  });

  it('comes in as it was sent', () => {
    const got: unknown[] = [];
    meeting.on('data', ({ payload, from, reliability }) => got.push([payload, from, reliability]));
    server.say({ case: 'dataReceived', value: { from: 'anna', payload: new Uint8Array([104, 105]), isText: true } });
    server.say({ case: 'dataReceived', value: { from: 'anna', payload: new Uint8Array([1]), unreliable: true } });
    expect(got).toEqual([
      ['hi', 'anna', 'RELIABLE'],
      [new Uint8Array([1]).buffer, 'anna', 'UNRELIABLE'],
    ]);
  });
});

describe('leaving', () => {
  beforeEach(() => join());

  it('says so, closes everything and is told once', async () => {
    annaJoins();
    log.length = 0;
    await meeting.leave();
    await meeting.leave();
    expect(server.all('leave')).toHaveLength(1);
    expect(log).toEqual(['DISCONNECTED', '- anna audio', '- anna video', 'left 1101']);
    expect(meeting.participants.size).toBe(0);
    expect(browser.peer.connectionState).toBe('closed');
    expect(browser.listenerCount('hide') + browser.pendingTimers).toBe(0);
    await expect(meeting.send('late')).rejects.toMatchObject({ code: ErrorCode.NOT_JOINED });
  });

  it('is not mistaken for a broken connection by either side', async () => {
    server.answers.leave = () => undefined;
    log.length = 0;
    const left = meeting.leave();
    server.say({ case: 'mediaState', value: { state: 3, reason: 'the peer closed the connection' } });
    await browser.advance(2_000);
    await left;
    expect(log).toEqual(['DISCONNECTED', 'left 1101']);
    expect(server.all('join')).toHaveLength(1);
  });

  it('the page that goes away says it too', () => {
    browser.fire('hide');
    expect(browser.socket.said('leave')).toHaveLength(1);
    expect(log.at(-1)).toBe('left 1101');
  });

  it('because one was removed, or came in twice, has that reason', () => {
    server.say({ case: 'left', value: { reason: { code: 1011, message: 'elsewhere' } } });
    expect(log.at(-1)).toBe('left 1011');
    expect(meeting.state).toBe('DISCONNECTED');
  });
});

describe('modes', () => {
  it('change in place, and switch own media off', async () => {
    await join({ micEnabled: true });
    expect(meeting.localParticipant.micOn).toBe(true);
    await meeting.changeMode('RECV_ONLY');
    expect(meeting.localParticipant).toMatchObject({ micOn: false, mode: 'RECV_ONLY' });
    expect(server.all('changeMode')).toMatchObject([{ mode: 1 }]);
    await expect(meeting.unmuteMic()).rejects.toMatchObject({ code: ErrorCode.NOT_IN_THIS_MODE });
    await expect(meeting.send('x')).rejects.toMatchObject({ code: ErrorCode.NOT_IN_THIS_MODE });
    await expect(meeting.changeMode('BOSS' as never)).rejects.toMatchObject({ code: ErrorCode.BAD_MODE });
    expect(log.filter((line) => line === 'participant-mode-changed')).toHaveLength(1);
  });

  it('from signalling only and back: media comes with an offer and goes', async () => {
    make({ mode: 'SIGNALLING_ONLY' });
    await meeting.join();
    annaJoins();
    expect(annaStream('video')).toBeUndefined();
    await meeting.changeMode('SEND_AND_RECV');
    expect(server.all('changeMode')[0]?.offer?.seats).toHaveLength(5);
    expect(browser.peer.answers).toHaveLength(1);
    expect(annaStream('video')).toBeDefined();
    await meeting.unmuteMic();
    await meeting.changeMode('SIGNALLING_ONLY');
    expect(browser.peer.connectionState).toBe('closed');
    expect(annaStream('video')).toBeUndefined();
  });

  it('that the server refuses stay', async () => {
    await join();
    server.answers.changeMode = () => ({ case: 'error', value: { code: 4065 } });
    await expect(meeting.changeMode('RECV_ONLY')).rejects.toMatchObject({ code: 4065 });
    expect(meeting.localParticipant.mode).toBe('SEND_AND_RECV');
  });
});
