import type { Stream, StreamEvents, StreamState } from '@parley/js-sdk';
import { useState } from 'react';
import { useMeetingObject } from './meeting_provider.js';
import { useHandlers, useRedrawOn } from './subscription.js';

const EVENTS = ['state'] as const satisfies readonly (keyof StreamEvents)[];

/** Follows one stream by its id: the stream, and whether it is stuck or frozen. */
export function useStream(
  streamId: string,
  handlers: { onState?: (state: StreamState) => void } = {},
): { stream: Stream | undefined; track: MediaStreamTrack | undefined; state: StreamState; paused: boolean } {
  const meeting = useMeetingObject();
  const everyone = meeting ? [meeting.localParticipant, ...meeting.participants.values()] : [];
  const stream = everyone.map((p) => p.streams.get(streamId)).find((found) => found);
  const [state, setState] = useState<StreamState>('active');
  useRedrawOn(stream, EVENTS);
  useHandlers(stream, EVENTS, {
    onState: (now: StreamState) => {
      setState(now);
      handlers.onState?.(now);
    },
  });
  return { stream, track: stream?.track, state, paused: stream?.paused ?? false };
}
