import { ServerMessageSchema, create } from '@parley/wire';
import type { ClientBody, ServerBody } from '@parley/wire';
import { beforeEach, describe, expect, it } from 'vitest';
import { ErrorCode } from '../errors.js';
import { FakeClock } from '../testing/fake_clock.js';
import { kMaxQueue, kWindowMs } from './throttle.js';
import { Topics, kRememberedIds } from './topics.js';

let clock: FakeClock;
let topics: Topics;
let said: ClientBody[];
let old: string[];
let refuse = false;

const raw = (id: string, topic = 'CHAT') => ({
  id,
  topic,
  message: `text ${id}`,
  payloadJson: '{"n":1}',
  senderId: 'a',
  senderName: 'A',
  timestampMs: 5n,
});
const live = (...ids: string[]) => {
  const { body } = create(ServerMessageSchema, {
    body: { case: 'pubsubMessages', value: { messages: ids.map((id) => raw(id)) } },
  });
  if (body.case === 'pubsubMessages') topics.receive(body.value.messages);
};

beforeEach(() => {
  clock = new FakeClock();
  said = [];
  old = [];
  refuse = false;
  topics = new Topics(clock, async (body): Promise<ServerBody> => {
    said.push(body);
    if (refuse) throw new Error('refused');
    const subscribed = { case: 'subscribed' as const, value: { messages: old.map((id) => raw(id)) } };
    return create(ServerMessageSchema, {
      body: body.case === 'pubsubSubscribe' ? subscribed : { case: 'ok', value: {} },
    }).body;
  });
});

describe('publishing', () => {
  it('says what VideoSDK pages say', async () => {
    await topics.publish('CHAT', 'hi', { persist: true, sendOnly: ['b'] }, { a: [1] });
    await topics.publish('CHAT', '');
    expect(said.map(({ value }) => value)).toEqual([
      { topic: 'CHAT', message: 'hi', persist: true, sendOnly: ['b'], payloadJson: '{"a":[1]}' },
      { topic: 'CHAT', message: '', persist: false, sendOnly: [], payloadJson: '' },
    ]);
  });
  it('refuses what is no message', async () => {
    for (const bad of [
      topics.publish('', 'x'),
      topics.publish('T', 7 as never),
      topics.publish('T', 'x', {}, [] as never),
    ]) {
      await expect(bad).rejects.toMatchObject({ code: ErrorCode.BAD_PARAMETER });
    }
    expect(said).toEqual([]);
  });
});

describe('subscribing', () => {
  it('gives what was kept, then what comes, each once', async () => {
    old = ['1', '2'];
    const got: string[] = [];
    const kept = await topics.subscribe('CHAT', {
      onMessageReceived: ({ id }) => got.push(id),
      onBatchReceived: (batch) => got.push(`batch of ${batch.length}`),
      onOldMessagesReceived: (messages, { isLast }) => got.push(`old ${messages.length} ${isLast}`),
    });
    expect(kept[0]).toEqual({
      id: '1',
      topic: 'CHAT',
      message: 'text 1',
      payload: { n: 1 },
      senderId: 'a',
      senderName: 'A',
      timestamp: 5,
    });
    live('2', '3', '4');
    live('4');
    expect(got).toEqual(['old 2 true', '3', '4', 'batch of 2']);
  });

  it('takes a function as well, and several for one topic', async () => {
    const [one, two]: string[][] = [[], []];
    const first = ({ id }: { id: string }) => one!.push(id);
    await topics.subscribe('CHAT', first);
    await topics.subscribe('CHAT', { onMessageReceived: ({ id }) => two!.push(id) }, { oldMessageLimit: 9 });
    live('1');
    await topics.unsubscribe('CHAT', first);
    live('2');
    expect([one, two]).toEqual([['1'], ['1', '2']]);
    expect(said.map(({ case: kind }) => kind)).toEqual(['pubsubSubscribe', 'pubsubSubscribe']);
    expect(said[1]?.value).toEqual({ topic: 'CHAT', oldMessageLimit: 9 });
    await topics.unsubscribe('CHAT');
    await topics.unsubscribe('CHAT');
    expect(said.map(({ case: kind }) => kind).slice(2)).toEqual(['pubsubUnsubscribe']);
    live('3');
    expect(two).toEqual(['1', '2']);
  });

  it('that is refused leaves nothing behind', async () => {
    refuse = true;
    const got: string[] = [];
    await expect(topics.subscribe('CHAT', ({ id }) => got.push(id))).rejects.toThrow('refused');
    live('1');
    expect(got).toEqual([]);
  });

  it('again after a new join fills the gap', async () => {
    const got: string[] = [];
    old = ['1'];
    await topics.subscribe('CHAT', ({ id }) => got.push(id));
    live('2');
    old = ['1', '2', '3'];
    await topics.resubscribe();
    expect(got).toEqual(['2', '3']);
  });

  it('remembers a bounded number of messages', async () => {
    let count = 0;
    await topics.subscribe('CHAT', () => count++);
    live(...Array.from({ length: kRememberedIds + 1 }, (_, index) => `m${index}`));
    live('m0');
    live(`m${kRememberedIds}`);
    expect(count).toBe(kRememberedIds + 2);
  });
});

describe('more than one wants', () => {
  it('is held back and comes later', async () => {
    const got: string[] = [];
    await topics.subscribe('CHAT', ({ id }) => got.push(id), { newMessageLimit: 2 });
    live('1', '2', '3', '4', '5');
    expect(got).toEqual(['1', '2']);
    await clock.advance(kWindowMs);
    expect(got).toEqual(['1', '2', '3', '4']);
    await clock.advance(kWindowMs);
    expect(got).toEqual(['1', '2', '3', '4', '5']);
    await clock.advance(kWindowMs);
    expect(clock.pendingTimers).toBe(0);
  });

  it('is dropped, oldest first, when the queue is full or not wanted', async () => {
    const got: string[] = [];
    const dropped: number[] = [];
    const callbacks = {
      onMessageReceived: ({ id }: { id: string }) => void got.push(id),
      onMessageDrop: ({ droppedCount }: { droppedCount: number }) => void dropped.push(droppedCount),
    };
    await topics.subscribe('CHAT', callbacks, { newMessageLimit: 1, maxQueue: 2 });
    live('1', '2', '3', '4', '5');
    await clock.advance(5 * kWindowMs);
    expect([got, dropped]).toEqual([['1', '4', '5'], [2]]);
    await topics.unsubscribe('CHAT');
    await topics.subscribe('CHAT', callbacks, { newMessageLimit: 1, realtimeOverflow: 'drop' });
    live('6', '7', '8');
    await clock.advance(5 * kWindowMs);
    expect([got.slice(3), dropped]).toEqual([['6'], [2, 2]]);
  });

  it('has a queue that is never larger than its limit', async () => {
    let dropped = 0;
    await topics.subscribe(
      'CHAT',
      { onMessageDrop: ({ droppedCount }) => (dropped += droppedCount) },
      { newMessageLimit: 1, maxQueue: 1e9 },
    );
    live(...Array.from({ length: kMaxQueue + 11 }, (_, index) => `${index}`));
    expect(dropped).toBe(10);
    topics.close();
    expect(clock.pendingTimers).toBe(0);
  });
});
