import type { ClientBody, PubSubMessage as WireMessage, ServerBody } from '@parley/wire';
import type { PublishOptions, PubSub, PubSubMessage, SubscribeCallbacks, SubscribeOptions } from '../api/pubsub.js';
import type { Clock } from '../browser/adapter.js';
import { ErrorCode, ParleyError } from '../errors.js';
import { parseObject } from '../room/convert.js';
import { Throttle } from './throttle.js';

/** Ids of messages seen, against the few that come by history and live at once (or again after a new join). */
export const kRememberedIds = 2000;

interface Subscription {
  callbacks: SubscribeCallbacks;
  throttle: Throttle<PubSubMessage>;
}

interface Topic {
  subscriptions: Subscription[];
  seen: Set<string>;
}

type Callbacks = SubscribeCallbacks | ((message: PubSubMessage) => void);

function toMessage(message: WireMessage): PubSubMessage {
  const { id, topic, senderId, senderName } = message;
  const payload = parseObject(message.payloadJson);
  return { id, topic, message: message.message, payload, senderId, senderName, timestamp: Number(message.timestampMs) };
}

/** PubSub over the signalling connection. Subscriptions outlive it: `resubscribe` takes them up after a new join. */
export class Topics implements PubSub {
  private readonly topics_ = new Map<string, Topic>();

  constructor(
    private readonly clock_: Clock,
    private readonly request_: (body: ClientBody) => Promise<ServerBody>,
    /** Runs before a message goes out; one that it rejects stays here. */
    private readonly beforePublish_: (
      topic: string,
      message: string,
      payload?: Record<string, unknown>,
    ) => Promise<void> = async () => {},
  ) {}

  async publish(
    topic: string,
    message: string,
    options: PublishOptions = {},
    payload?: Record<string, unknown>,
  ): Promise<void> {
    requireTopic(topic);
    if (typeof message !== 'string') throw new ParleyError(ErrorCode.BAD_PARAMETER, 'A message is a string.');
    if (payload !== undefined && (typeof payload !== 'object' || payload === null || Array.isArray(payload))) {
      throw new ParleyError(ErrorCode.BAD_PARAMETER, 'A payload is an object.');
    }
    await this.beforePublish_(topic, message, payload);
    const { persist = false, sendOnly = [] } = options;
    const payloadJson = payload ? JSON.stringify(payload) : '';
    await this.request_({ case: 'pubsubPublish', value: { topic, message, payloadJson, persist, sendOnly } });
  }

  async subscribe(topic: string, callbacks: Callbacks, options: SubscribeOptions = {}): Promise<PubSubMessage[]> {
    requireTopic(topic);
    const own = typeof callbacks === 'function' ? { onMessageReceived: callbacks } : callbacks;
    const entry: Topic = this.topics_.get(topic) ?? { subscriptions: [], seen: new Set() };
    const subscription: Subscription = { callbacks: own, throttle: this.makeThrottle(own, options) };
    entry.subscriptions.push(subscription);
    this.topics_.set(topic, entry);
    try {
      const old = await this.fetchOld(topic, options.oldMessageLimit ?? 0);
      for (const message of old) remember(entry.seen, message.id);
      own.onOldMessagesReceived?.(old, { isLast: true });
      return old;
    } catch (error) {
      this.drop(topic, (candidate) => candidate === subscription);
      throw error;
    }
  }

  async unsubscribe(topic: string, callbacks?: Callbacks): Promise<void> {
    if (!this.topics_.has(topic)) return;
    this.drop(
      topic,
      (candidate) =>
        !callbacks || candidate.callbacks === callbacks || candidate.callbacks.onMessageReceived === callbacks,
    );
    if (!this.topics_.has(topic)) await this.request_({ case: 'pubsubUnsubscribe', value: { topic } });
  }

  /** @internal Live messages of the server. */
  receive(messages: readonly WireMessage[]): void {
    const byTopic = new Map<string, PubSubMessage[]>();
    for (const raw of messages) {
      const entry = this.topics_.get(raw.topic);
      if (!entry || entry.seen.has(raw.id)) continue;
      remember(entry.seen, raw.id);
      const message = toMessage(raw);
      byTopic.set(raw.topic, [...(byTopic.get(raw.topic) ?? []), message]);
    }
    for (const [topic, batch] of byTopic) {
      for (const { throttle } of this.topics_.get(topic)?.subscriptions ?? []) throttle.push(batch);
    }
  }

  /** @internal After a new join: what was persisted meanwhile and not seen yet counts as live. */
  async resubscribe(): Promise<void> {
    for (const topic of this.topics_.keys()) {
      const reply = await this.request_({ case: 'pubsubSubscribe', value: { topic, oldMessageLimit: 0 } });
      if (reply.case === 'subscribed') this.receive(reply.value.messages);
    }
  }

  /** @internal */
  close(): void {
    for (const { subscriptions } of this.topics_.values()) for (const { throttle } of subscriptions) throttle.close();
    this.topics_.clear();
  }

  private async fetchOld(topic: string, oldMessageLimit: number): Promise<PubSubMessage[]> {
    const reply = await this.request_({ case: 'pubsubSubscribe', value: { topic, oldMessageLimit } });
    return reply.case === 'subscribed' ? reply.value.messages.map(toMessage) : [];
  }

  private drop(topic: string, matches: (subscription: Subscription) => boolean): void {
    const entry = this.topics_.get(topic);
    if (!entry) return;
    for (const subscription of entry.subscriptions) if (matches(subscription)) subscription.throttle.close();
    entry.subscriptions = entry.subscriptions.filter((subscription) => !matches(subscription));
    if (entry.subscriptions.length === 0) this.topics_.delete(topic);
  }

  private makeThrottle(callbacks: SubscribeCallbacks, options: SubscribeOptions): Throttle<PubSubMessage> {
    const deliver = (batch: PubSubMessage[]) => {
      for (const message of batch) callbacks.onMessageReceived?.(message);
      callbacks.onBatchReceived?.(batch);
    };
    const onDrop = (droppedCount: number) => callbacks.onMessageDrop?.({ droppedCount });
    return new Throttle(this.clock_, options, deliver, onDrop);
  }
}

function requireTopic(topic: unknown): void {
  if (typeof topic !== 'string' || topic === '') throw new ParleyError(ErrorCode.BAD_PARAMETER, 'A topic is a string.');
}

function remember(seen: Set<string>, id: string): void {
  seen.add(id);
  if (seen.size > kRememberedIds) seen.delete(seen.values().next().value as string);
}
