import type { PublishOptions, PubSubMessage, SubscribeOptions } from '@parley/js-sdk';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useMeetingObject } from './meeting_provider.js';
import { useRedrawOn } from './subscription.js';

export interface PubSubHandlers extends SubscribeOptions {
  onMessageReceived?: (message: PubSubMessage) => void;
  onOldMessagesReceived?: (messages: PubSubMessage[]) => void;
}

// What a chat list can draw at once; older messages are let go.
const MAX_MESSAGES = 1000;
const STATE_EVENTS = ['meeting-joined', 'meeting-left', 'meeting-state-changed'] as const;

/** Subscribes to a topic while the component is there and the meeting is joined; keeps its messages, oldest first. */
export function usePubSub(
  topic: string,
  handlers: PubSubHandlers = {},
): {
  messages: PubSubMessage[];
  publish: (message: string, options?: PublishOptions, payload?: Record<string, unknown>) => Promise<void>;
} {
  const meeting = useMeetingObject();
  useRedrawOn(meeting, STATE_EVENTS);
  const joined = meeting?.state === 'CONNECTED' || meeting?.state === 'RECONNECTING';
  const [messages, setMessages] = useState<PubSubMessage[]>([]);
  const latest = useRef(handlers);
  useEffect(() => {
    latest.current = handlers;
  });

  useEffect(() => {
    if (!meeting || !joined) return;
    const add = (more: PubSubMessage[]) =>
      setMessages((had) => {
        const known = new Set(had.map((m) => m.id));
        const fresh = more.filter((m) => !known.has(m.id));
        return [...had, ...fresh].sort((a, b) => a.timestamp - b.timestamp).slice(-MAX_MESSAGES);
      });
    const callbacks = {
      onMessageReceived: (message: PubSubMessage) => {
        add([message]);
        latest.current.onMessageReceived?.(message);
      },
      onOldMessagesReceived: (old: PubSubMessage[]) => {
        add(old);
        latest.current.onOldMessagesReceived?.(old);
      },
    };
    const { oldMessageLimit, realtimeOverflow, maxQueue, newMessageLimit } = latest.current;
    const options = { oldMessageLimit, realtimeOverflow, maxQueue, newMessageLimit };
    meeting.pubSub.subscribe(topic, callbacks, options).catch(() => {});  // refused only after the meeting was left
    return () => {
      meeting.pubSub.unsubscribe(topic, callbacks).catch(() => {});
    };
  }, [meeting, joined, topic]);

  const publish = useCallback(
    async (message: string, options?: PublishOptions, payload?: Record<string, unknown>) => {
      if (!meeting) throw new Error('publish() needs a MeetingProvider above it');
      await meeting.pubSub.publish(topic, message, options, payload);
    },
    [meeting, topic],
  );
  return { messages, publish };
}
