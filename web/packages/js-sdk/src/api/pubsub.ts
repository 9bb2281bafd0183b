/** In-room messages by topic. */
export interface PubSubMessage {
  readonly id: string;
  readonly topic: string;
  readonly message: string;
  readonly payload: Record<string, unknown> | undefined;
  readonly senderId: string;
  readonly senderName: string;
  /** UTC milliseconds since 1970 */
  readonly timestamp: number;
}

export interface PublishOptions {
  /** Kept for the session and given to those who subscribe later. Default false. */
  persist?: boolean;
  /** Only these participants get it. */
  sendOnly?: string[];
}

export interface SubscribeCallbacks {
  onMessageReceived?: (message: PubSubMessage) => void;
  /** Messages that arrived in one turn, oldest first; the single callback is called for each of them as well. */
  onBatchReceived?: (messages: PubSubMessage[]) => void;
  /** What was persisted before, oldest first, in one or more parts. */
  onOldMessagesReceived?: (messages: PubSubMessage[], info: { isLast: boolean }) => void;
  onMessageDrop?: (info: { droppedCount: number }) => void;
}

export interface SubscribeOptions {
  /** How many persisted messages to get. Default: all. */
  oldMessageLimit?: number;
  /** When more than `newMessageLimit` messages arrive in 500 ms: hold them back or drop the oldest. Default `queue`. */
  realtimeOverflow?: 'queue' | 'drop';
  /** Messages held back at most. Default 70, at most 200. */
  maxQueue?: number;
  /** Default: no limit. */
  newMessageLimit?: number;
}

export interface PubSub {
  /** `payload` must be a JSON object. */
  publish(topic: string, message: string, options?: PublishOptions, payload?: Record<string, unknown>): Promise<void>;
  /** The promise answers once the server knows; a second subscription to a topic shares the first. */
  subscribe(
    topic: string,
    callbacks: SubscribeCallbacks | ((message: PubSubMessage) => void),
    options?: SubscribeOptions,
  ): Promise<PubSubMessage[]>;
  /** Without callbacks, all subscriptions to the topic end. */
  unsubscribe(topic: string, callbacks?: SubscribeCallbacks | ((message: PubSubMessage) => void)): Promise<void>;
}
