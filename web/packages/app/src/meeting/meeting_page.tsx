import { AudioPlayer, type LeaveInfo, type ParleyError, useMeeting, usePubSub } from '@parley/react-sdk';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useHands } from '../state/hands.js';
import { useNotices } from '../state/notices.js';
import { usePreferences } from '../state/preferences.js';
import { useShortcuts } from '../state/shortcuts.js';
import { CopyIcon } from '../ui/icons.js';
import { NoticeList } from '../ui/notice_list.js';
import { Spinner } from '../ui/parts.js';
import { ChatPanel } from './chat_panel.js';
import { ControlBar, type Panel } from './control_bar.js';
import { LeaveDialog } from './leave_dialog.js';
import { type Knock, PeoplePanel } from './people_panel.js';
import { SettingsDialog } from './settings_dialog.js';
import { StageView } from './stage_view.js';

interface Props {
  onLeft: (reason: LeaveInfo) => void;
  onFailed: (error: ParleyError) => void;
}

export function MeetingPage({ onLeft, onFailed }: Props) {
  const { meeting, state } = useMeeting({ onMeetingLeft: onLeft });
  const entered = useRef(false);
  if (state === 'CONNECTED') entered.current = true;

  useEffect(() => {
    if (meeting?.state === 'IDLE') meeting.join().catch((error: ParleyError) => !entered.current && onFailed(error));
  }, [meeting, onFailed]);

  if (state === 'WAITING') return <Spinner text="You asked to enter. Someone in the meeting will let you in …" />;
  if (!entered.current) return <Spinner text="Joining …" />;
  return <Inside />;
}

function Inside() {
  const [panel, setPanel] = useState<Panel>(null);
  const [dialog, setDialog] = useState<'settings' | 'leave' | null>(null);
  const [knocks, setKnocks] = useState<Knock[]>([]);
  const [seen, setSeen] = useState(0);
  const { notices, tell, ask, withdraw } = useNotices();
  const chat = usePubSub('CHAT', {
    onMessageReceived: (m) => m.senderId !== localId && panel !== 'chat' && tell(`${m.senderName}: ${m.message.slice(0, 80)}`),
  });
  const forget = (id: string) => setKnocks((had) => had.filter((k) => k.participantId !== id));
  const problem = useCallback((text: string) => tell(text), [tell]);

  const view = useMeeting({
    onParticipantJoined: (p) => tell(`${p.displayName || p.id} joined`),
    onParticipantLeft: (p) => tell(`${p.displayName || p.id} left`),
    onEntryRequested: ({ participantId, name, allow, deny }) => {
      const decide = (work: () => Promise<void>) => () => void (forget(participantId), withdraw(`knock-${participantId}`), work().catch((e: Error) => problem(e.message)));
      const knock = { participantId, name, allow: decide(allow), deny: decide(deny) };
      setKnocks((had) => [...had.filter((k) => k.participantId !== participantId), knock]);
      ask(`knock-${participantId}`, `${name || participantId} wants to enter`, [
        { label: 'Deny', run: knock.deny },
        { label: 'Admit', primary: true, run: knock.allow },
      ]);
    },
    onEntryResponded: (participantId) => (forget(participantId), withdraw(`knock-${participantId}`)),
    onMicRequested: ({ accept, reject }) =>
      ask('mic', 'A moderator asks you to turn your microphone on', [
        { label: 'Not now', run: () => void reject().catch(() => {}) },
        { label: 'Turn on', primary: true, run: () => void accept().catch((e: Error) => problem(e.message)) },
      ]),
    onWebcamRequested: ({ accept, reject }) =>
      ask('camera', 'A moderator asks you to turn your camera on', [
        { label: 'Not now', run: () => void reject().catch(() => {}) },
        { label: 'Turn on', primary: true, run: () => void accept().catch((e: Error) => problem(e.message)) },
      ]),
    onError: (error) => problem(error.message),
  });
  const { participants, localParticipant, permissions, state } = view;
  const localId = localParticipant?.id;
  const canModerate = permissions.includes('allow_mod');
  const { hands, ownHand, toggle: toggleHand } = useHands();
  const { speakerId } = usePreferences();

  useEffect(() => {
    if (panel === 'chat') setSeen(chat.messages.length);
  }, [panel, chat.messages.length]);
  const unread = panel === 'chat' ? 0 : chat.messages.slice(seen).filter((m) => m.senderId !== localId).length;

  const attempt = (work: () => Promise<void>) => () => void work().catch((error: Error) => problem(error.message));
  const actions = {
    toggleMic: attempt(view.toggleMic),
    toggleCamera: attempt(view.toggleWebcam),
    toggleShare: () => void view.toggleScreenShare().catch((error: ParleyError) => error.code !== 3017 && problem(error.message)),  // cancelled in the browser's own dialog
    toggleHand,
    showPanel: setPanel,
    openSettings: () => setDialog('settings'),
    leave: () => (canModerate && participants.size > 0 ? setDialog('leave') : void view.leave()),
  };
  useShortcuts({
    m: actions.toggleMic,
    v: actions.toggleCamera,
    s: actions.toggleShare,
    h: toggleHand,
    c: () => setPanel(panel === 'chat' ? null : 'chat'),
    p: () => setPanel(panel === 'people' ? null : 'people'),
    '?': () => setDialog('settings'),
  });

  return (
    <div className={`meeting ${panel ? 'with-panel' : ''}`}>
      {state === 'RECONNECTING' && (
        <div className="banner" role="alert">
          Connection lost. Reconnecting …
        </div>
      )}
      <main className="stage-area" aria-label="Participants">
        <StageView hands={hands} canPin={canModerate} />
      </main>
      {panel === 'chat' && <ChatPanel messages={chat.messages} onSend={(text) => chat.publish(text, { persist: true })} onClose={() => setPanel(null)} />}
      {panel === 'people' && <PeoplePanel knocks={knocks} hands={hands} canModerate={canModerate} onClose={() => setPanel(null)} onProblem={problem} />}
      <footer>
        <MeetingName id={view.meetingId} onCopied={() => tell('Address copied')} />
        <ControlBar panel={panel} unread={unread} waiting={knocks.length} ownHand={ownHand} actions={actions} />
        <span className="people-count">{participants.size + 1} here</span>
      </footer>
      <NoticeList notices={notices} />
      {[...participants.keys()].map((id) => (
        <span key={id}>
          <AudioPlayer participantId={id} sinkId={speakerId} onBlocked={(play) => ask('sound', 'The browser blocks the sound', [{ label: 'Turn sound on', primary: true, run: () => void play() }])} />
          <AudioPlayer participantId={id} type="shareAudio" sinkId={speakerId} />
        </span>
      ))}
      {dialog === 'settings' && <SettingsDialog onClose={() => setDialog(null)} onProblem={problem} />}
      {dialog === 'leave' && <LeaveDialog onLeave={() => void view.leave()} onEnd={attempt(view.end)} onClose={() => setDialog(null)} />}
    </div>
  );
}

function MeetingName({ id, onCopied }: { id: string; onCopied: () => void }) {
  const copy = () => void navigator.clipboard?.writeText(`${location.origin}/m/${encodeURIComponent(id)}`).then(onCopied, () => {});
  return (
    <button type="button" className="meeting-name" onClick={copy} title="Copy the address of this meeting" aria-label={`Meeting ${id}: copy its address`}>
      {id} <CopyIcon size={16} />
    </button>
  );
}
