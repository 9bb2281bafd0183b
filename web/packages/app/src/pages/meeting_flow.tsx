import { type LeaveInfo, type MeetingOptions, MeetingProvider, type ParleyError } from '@parley/react-sdk';
import { useCallback, useEffect, useState } from 'react';
import { MeetingPage } from '../meeting/meeting_page.js';
import { setPreferences } from '../state/preferences.js';
import { recordingsPath } from '../state/route.js';
import { fetchToken, ServerError } from '../state/server.js';
import { ErrorPage, explainError } from './error_page.js';
import { type JoinChoice, JoinPage } from './join_page.js';
import { LeftPage } from './left_page.js';

interface Props {
  roomId: string;
  token: string | undefined;
  name: string | undefined;
  participantId: string | undefined;
}
type Step =
  | { at: 'join' }
  | { at: 'inside'; config: MeetingOptions; token: string }
  | { at: 'left'; reason: LeaveInfo; recorded: boolean }
  | { at: 'failed'; code: number; message: string };

/** One meeting from its address to the leave page: choose, enter, be inside, leave, or be told why not. */
export function MeetingFlow({ roomId, token: givenToken, name, participantId }: Props) {
  const [step, setStep] = useState<Step>({ at: 'join' });
  const [token, setToken] = useState(givenToken);
  const [pending, setPending] = useState<JoinChoice>();

  useEffect(() => {
    if (name) setPreferences({ name });
    document.title = `${roomId} – Parley`;
  }, [name, roomId]);

  // Asked for while people look at their preview, so that the click on Join has nothing to wait for.
  useEffect(() => {
    if (givenToken || step.at !== 'join') return;
    let stale = false;
    fetchToken(roomId).then(
      (answer) => !stale && setToken(answer.token),
      (error: ServerError) => !stale && setStep({ at: 'failed', code: error.status, message: error.message }),
    );
    return () => {
      stale = true;
    };
  }, [roomId, givenToken, step.at]);

  useEffect(() => {
    if (!pending || !token) return;
    setPending(undefined);
    setStep({
      at: 'inside',
      token,
      config: {
        meetingId: roomId,
        name: pending.name,
        participantId,
        micEnabled: !!pending.microphone,
        webcamEnabled: !!pending.camera,
        customCameraVideoTrack: pending.camera,
        customMicrophoneAudioTrack: pending.microphone,
      },
    });
  }, [pending, token, roomId, participantId]);

  const onLeft = useCallback((reason: LeaveInfo, recorded: boolean) => setStep({ at: 'left', reason, recorded }), []);
  const onFailed = useCallback((error: ParleyError) => setStep({ at: 'failed', code: error.code ?? 0, message: error.message }), []);

  switch (step.at) {
    case 'join':
      return <JoinPage roomId={roomId} busy={!!pending} onJoin={setPending} />;
    case 'inside':
      return (
        <MeetingProvider config={step.config} token={step.token}>
          <MeetingPage onLeft={onLeft} onFailed={onFailed} />
        </MeetingProvider>
      );
    case 'left':
      return <LeftPage {...step.reason} recordings={step.recorded ? recordingsPath(roomId, location.search) : undefined} onRejoin={() => setStep({ at: 'join' })} />;
    case 'failed':
      return <ErrorPage {...explainError(step.code, step.message)} onRetry={() => setStep({ at: 'join' })} />;
  }
}
