// Raised hands: a PubSub topic, as in VideoSDK's own app. Not persisted; each raiser repeats it for newcomers.
import { useMeeting, usePubSub } from '@parley/react-sdk';
import { useCallback, useState } from 'react';

const TOPIC = 'RAISE_HAND';

/** Who has a hand up, and a switch for the own one. */
export function useHands(): { hands: ReadonlySet<string>; ownHand: boolean; toggle: () => void } {
  const [hands, setHands] = useState<ReadonlySet<string>>(new Set());
  const set = useCallback((id: string, up: boolean) => {
    setHands((had) => {
      const now = new Set(had);
      if (up) now.add(id);
      else now.delete(id);
      return now;
    });
  }, []);
  const { publish } = usePubSub(TOPIC, { onMessageReceived: (m) => set(m.senderId, m.message === 'up') });
  const { localParticipant } = useMeeting({
    onParticipantJoined: () => void (ownHand && publish('up').catch(() => {})),
    onParticipantLeft: (participant) => set(participant.id, false),
  });
  const localId = localParticipant?.id ?? '';
  const ownHand = hands.has(localId);
  const toggle = useCallback(() => {
    publish(ownHand ? 'down' : 'up').then(() => set(localId, !ownHand), () => {});
  }, [publish, ownHand, localId, set]);
  return { hands, ownHand, toggle };
}
