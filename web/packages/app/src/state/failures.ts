// Why the last recording, livestream or HLS failed, until a new one starts; and what to tell whoever runs them.
import { type Egress, type EgressKind, useMeeting } from '@parley/react-sdk';
import { useRef, useState } from 'react';
import { newTroubles } from './broadcast.js';

export type Failures = Readonly<Record<EgressKind, string>>;

const NONE: Failures = { recording: '', livestream: '', hls: '' };
const WHAT = { recording: 'The recording', livestream: 'The livestream', hls: 'The HLS stream' };

export function useFailures(tell: (text: string) => void): Failures {
  const [failures, setFailures] = useState(NONE);
  const before = useRef(new Map<string, Egress>());
  const { permissions } = useMeeting({
    onEgressChanged: (egress) => {
      const { id, kind, status, error } = egress;
      const told = before.current.get(id);
      if (status.endsWith('_STOPPED') || status.endsWith('_FAILED')) before.current.delete(id);
      else before.current.set(id, egress);
      if (told?.status !== status) setFailures((had) => ({ ...had, [kind]: error?.message ?? '' }));
      if (!permissions.includes('allow_mod')) return;
      if (status.endsWith('_FAILED')) tell(`${WHAT[kind]} failed${error?.message ? `: ${error.message}` : ''}`);
      for (const trouble of newTroubles(told, egress)) tell(trouble);
    },
  });
  return failures;
}
