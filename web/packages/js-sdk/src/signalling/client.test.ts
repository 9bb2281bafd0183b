import { beforeEach, describe, expect, it } from 'vitest';
import { ErrorCode } from '../errors.js';
import { setLogLevel } from '../log.js';
import { FakeBrowser } from '../testing/fake_browser.js';
import type { ServerInit } from '../testing/fake_browser.js';
import { settle } from '../testing/fake_clock.js';
import { SignallingClient, kAttemptTimeoutMs, kReplyTimeoutMs } from './client.js';
import { kMaxPending } from './pending.js';

const kJoined = { roomId: 'room', participantId: 'me', resumeKey: 'key', pingIntervalMs: 5000, gracePeriodMs: 30_000 };

setLogLevel('NONE');

let browser: FakeBrowser;
let client: SignallingClient;
let events: string[];

beforeEach(() => {
  browser = new FakeBrowser();
  client = new SignallingClient(browser, 'wss://host/v1/signal');
  events = [];
  for (const name of ['lost', 'resumed', 'expired', 'left', 'entry-pending'] as const)
    client.on(name, () => events.push(name));
  client.on('message', ({ body }) => events.push(`message ${body.case}`));
});

async function join(): Promise<void> {
  const joined = client.join({ token: 't' });
  browser.socket.open();
  await settle();
  browser.socket.say({ seq: 1n, replyTo: browser.socket.last().id, body: { case: 'joined', value: kJoined } });
  await joined;
}

function reply(body: ServerInit['body'], seq = 0n): void {
  browser.socket.say({ seq, replyTo: browser.socket.last().id, body });
}

describe('joining', () => {
  it('opens the socket while the offer is still being made', async () => {
    let ready = (_: { token: string }) => {};
    const joined = client.join(new Promise((resolve) => (ready = resolve)));
    browser.socket.open();
    await settle();
    expect(browser.socket.received).toEqual([]);
    ready({ token: 'late' });
    await settle();
    expect(browser.socket.said('join')[0]?.token).toBe('late');
    reply({ case: 'joined', value: kJoined }, 1n);
    expect((await joined).participantId).toBe('me');
    expect(client.connected).toBe(true);
  });

  it('rejects with the code of the server', async () => {
    const joined = client.join({ token: 't' });
    browser.socket.open();
    await settle();
    reply({ case: 'error', value: { code: 4002, message: 'expired' } });
    await expect(joined).rejects.toMatchObject({ code: 4002, message: 'expired' });
    expect(browser.socket.closedByClient).toBe(true);
  });

  it('rejects with 3047 when nothing listens, when nothing answers, and when the socket closes before the reply', async () => {
    const refused = client.join({ token: 't' });
    browser.socket.cut();
    await expect(refused).rejects.toMatchObject({ code: ErrorCode.CANNOT_JOIN });

    const silent = new SignallingClient(browser, 'wss://host').join({ token: 't' });
    const expectation = expect(silent).rejects.toMatchObject({ code: ErrorCode.CANNOT_JOIN });
    await browser.advance(kAttemptTimeoutMs);
    await expectation;

    const closed = new SignallingClient(browser, 'wss://host').join({ token: 't' });
    browser.socket.open();
    await settle();
    browser.socket.cut();
    await expect(closed).rejects.toMatchObject({ code: ErrorCode.CANNOT_JOIN });
  });

  it('waits as long as it takes for whoever knocks, with the answer coming as a reply or by itself', async () => {
    for (const asReply of [true, false]) {
      const knocking = new SignallingClient(browser, 'wss://host');
      knocking.on('entry-pending', () => events.push('pending'));
      const joined = knocking.join({ token: 't' });
      browser.socket.open();
      await settle();
      const { id } = browser.socket.last();
      reply({ case: 'entryPending', value: {} }, 1n);
      await browser.advance(10 * kReplyTimeoutMs);
      browser.socket.say({ seq: 2n, replyTo: asReply ? id : 0, body: { case: 'joined', value: kJoined } });
      expect((await joined).roomId).toBe('room');
      knocking.close();
    }
    expect(events).toEqual(['pending', 'pending']);
  });

  it('rejects a guest who is turned away', async () => {
    const joined = client.join({ token: 't' });
    browser.socket.open();
    await settle();
    reply({ case: 'entryPending', value: {} }, 1n);
    browser.socket.say({ seq: 2n, body: { case: 'left', value: { reason: { code: 1103, message: 'denied' } } } });
    await expect(joined).rejects.toMatchObject({ code: 1103 });
    expect(events).toEqual(['entry-pending']);
  });
});

describe('requests', () => {
  beforeEach(join);

  it('get the reply with their id, in any order', async () => {
    const first = client.request({ case: 'pubsubSubscribe', value: { topic: 'a' } });
    const second = client.request({ case: 'leave', value: {} });
    const [, one, two] = browser.socket.received.map(({ id }) => id);
    expect(two).toBe(one! + 1);
    browser.socket.say({ replyTo: two, body: { case: 'ok', value: {} } });
    browser.socket.say({ replyTo: one, body: { case: 'subscribed', value: {} } });
    expect((await second).case).toBe('ok');
    expect((await first).case).toBe('subscribed');
  });

  it('reject with the error of the server, or 3079 without a reply', async () => {
    const refused = client.request({ case: 'endMeeting', value: {} });
    reply({ case: 'error', value: { code: 4008, message: 'no' } });
    await expect(refused).rejects.toMatchObject({ code: 4008 });
    const late = client.request({ case: 'endMeeting', value: {} });
    const expectation = expect(late).rejects.toMatchObject({ code: ErrorCode.TIMEOUT });
    browser.socket.onClientMessage = ({ body }) =>
      body.case === 'ping' && browser.socket.say({ body: { case: 'pong', value: {} } });
    await browser.advance(kReplyTimeoutMs);
    await expectation;
  });

  it('are limited in number', async () => {
    const all = Array.from({ length: kMaxPending }, () => client.request({ case: 'endMeeting', value: {} }));
    await expect(client.request({ case: 'endMeeting', value: {} })).rejects.toMatchObject({
      code: ErrorCode.IN_PROGRESS,
    });
    client.close();
    const results = await Promise.allSettled(all);
    expect(results.every((result) => result.status === 'rejected')).toBe(true);
  });

  it('are refused before joining, while the socket is lost, and afterwards', async () => {
    const fresh = new SignallingClient(browser, 'wss://host');
    await expect(fresh.request({ case: 'endMeeting', value: {} })).rejects.toMatchObject({
      code: ErrorCode.NOT_JOINED,
    });
    browser.socket.cut();
    await expect(client.request({ case: 'endMeeting', value: {} })).rejects.toMatchObject({
      code: ErrorCode.RECONNECTING,
    });
    client.close();
    await expect(client.request({ case: 'endMeeting', value: {} })).rejects.toMatchObject({
      code: ErrorCode.NOT_JOINED,
    });
  });
});

describe('messages', () => {
  beforeEach(join);

  it('are passed on once each, whatever the server repeats', () => {
    const message: ServerInit = { seq: 2n, body: { case: 'speakerChanged', value: { participantId: 'a' } } };
    browser.socket.say(message);
    browser.socket.say(message);
    browser.socket.say({ seq: 3n, body: { case: 'seatsWanted', value: { main: 5 } } });
    expect(events).toEqual(['message speakerChanged', 'message seatsWanted']);
  });

  it('that cannot be read are dropped', () => {
    browser.socket.sayBytes(new Uint8Array([0x0a, 0xff, 0xff]));
    expect(events).toEqual([]);
    expect(client.connected).toBe(true);
  });

  it('Left ends the session without trying again', async () => {
    browser.socket.say({ seq: 2n, body: { case: 'left', value: { reason: { code: 1011 } } } });
    browser.socket.cut();
    await browser.advance(60_000);
    expect(events).toEqual(['left']);
    expect(browser.sockets).toHaveLength(1);
    expect(browser.pendingTimers).toBe(0);
  });
});

describe('a lost socket', () => {
  beforeEach(join);

  async function resume(value: object = { replayed: true }): Promise<void> {
    browser.socket.open();
    await settle();
    reply({ case: 'resumed', value });
    await settle();
  }

  it('is resumed with the key and the last message that came', async () => {
    browser.socket.say({ seq: 7n, body: { case: 'speakerChanged', value: {} } });
    browser.socket.cut();
    expect(events.at(-1)).toBe('lost');
    await browser.advance(200);
    expect(browser.sockets).toHaveLength(2);
    await resume();
    expect(browser.socket.said('resume')).toMatchObject([{ resumeKey: 'key', lastSeq: 7n }]);
    expect(events.at(-1)).toBe('resumed');
    // What the server replays comes with numbers below the reply's.
    browser.socket.say({ seq: 8n, body: { case: 'seatsWanted', value: {} } });
    expect(events.at(-1)).toBe('message seatsWanted');
  });

  it('takes replayed messages even if Resumed itself was numbered after them', async () => {
    browser.socket.cut();
    await browser.advance(200);
    browser.socket.open();
    await settle();
    reply({ case: 'resumed', value: { replayed: true } }, 9n);
    browser.socket.say({ seq: 2n, body: { case: 'seatsWanted', value: {} } });
    expect(events.at(-1)).toBe('message seatsWanted');
  });

  it('gives the replies of before to those who still wait', async () => {
    const pending = client.request({ case: 'endMeeting', value: {} });
    const { id } = browser.socket.last();
    browser.socket.cut();
    await browser.advance(200);
    await resume();
    browser.socket.say({ seq: 2n, replyTo: id, body: { case: 'ok', value: {} } });
    expect((await pending).case).toBe('ok');
  });

  it('is tried again with growing pauses until the grace period is over', async () => {
    browser.onSocket = (socket) => socket.cut();
    browser.socket.cut();
    const starts: number[] = [];
    const begin = browser.now();
    const open = browser.openSocket.bind(browser);
    browser.openSocket = (url, handlers) => {
      starts.push(browser.now() - begin);
      return open(url, handlers);
    };
    await browser.advance(29_000);
    expect(starts.slice(0, 6)).toEqual([200, 600, 1400, 3000, 6200, 11_200]);
    expect(events).toEqual(['lost']);
    await browser.advance(2_000);
    expect(events).toEqual(['lost', 'expired']);
    expect(browser.pendingTimers).toBe(0);
  });

  it('is given up at once if the server does not know the session', async () => {
    browser.socket.cut();
    await browser.advance(200);
    browser.socket.open();
    await settle();
    reply({ case: 'error', value: { code: 4001, message: 'unknown key' } });
    await settle();
    expect(events).toEqual(['lost', 'expired']);
  });

  it('is tried again when the new socket stays silent', async () => {
    browser.socket.cut();
    await browser.advance(200);
    browser.socket.open();
    await browser.advance(kAttemptTimeoutMs + 400);
    expect(browser.sockets).toHaveLength(3);
    await resume();
    expect(events).toEqual(['lost', 'resumed']);
  });

  it('waits as long as a closing server asked, but no longer than it is worth', async () => {
    browser.socket.say({ body: { case: 'serverClosing', value: { retryAfterMs: 3000 } } });
    browser.socket.cut();
    await browser.advance(2900);
    expect(browser.sockets).toHaveLength(1);
    await browser.advance(200);
    expect(browser.sockets).toHaveLength(2);
    await resume();
    browser.socket.say({ body: { case: 'serverClosing', value: { retryAfterMs: 4_000_000_000 } } });
    browser.socket.cut();
    await browser.advance(30_000);
    expect(browser.sockets).toHaveLength(3);
  });

  it('is found by three pings without an answer', async () => {
    await browser.advance(15_000);
    expect(browser.socket.said('ping')).toHaveLength(3);
    expect(events).toEqual([]);
    await browser.advance(5_000);
    expect(events).toEqual(['lost']);
  });

  it('is found sooner when the network is said to have changed', async () => {
    client.probe();
    await browser.advance(1_900);
    expect(events).toEqual([]);
    await browser.advance(200);
    expect(events).toEqual(['lost']);
    client.probe();
    expect(browser.sockets).toHaveLength(2);
  });

  it('any answer keeps it alive', async () => {
    browser.socket.onClientMessage = () => browser.socket.say({ body: { case: 'pong', value: {} } });
    client.probe();
    await browser.advance(60_000);
    expect(events).toEqual([]);
    expect(browser.sockets).toHaveLength(1);
  });
});

describe('leaving', () => {
  beforeEach(join);

  it('says so and waits for the server a moment', async () => {
    const left = client.leave();
    expect(browser.socket.last().body.case).toBe('leave');
    reply({ case: 'left', value: {} });
    await left;
    expect(browser.socket.closedByClient).toBe(true);
    expect(client.connected).toBe(false);
  });

  it('does not wait for a server that is gone', async () => {
    const left = client.leave();
    await browser.advance(1_000);
    await left;
  });

  it('at once, for a page that is unloaded', () => {
    client.leaveNow();
    expect(browser.socket.last().body.case).toBe('leave');
    expect(browser.socket.closedByClient).toBe(true);
  });
});
