import { AudioPlayer, type LeaveInfo, type ParleyError, useMeeting, usePubSub } from '@parley/react-sdk';
import { useCallback, useEffect, useRef, useState } from 'react';
import { latestOf, LIVE_LABELS, livePhase, phaseOf, RECORD_LABELS } from '../state/broadcast.js';
import type { Draft } from '../state/destinations.js';
import { useFailures } from '../state/failures.js';
import { useHands } from '../state/hands.js';
import { useNotices } from '../state/notices.js';
import { usePreferences } from '../state/preferences.js';
import { useShortcuts } from '../state/shortcuts.js';
import { CopyIcon, LiveIcon, RecordIcon, SettingsIcon } from '../ui/icons.js';
import { NoticeList } from '../ui/notice_list.js';
import { Spinner } from '../ui/parts.js';
import { ChatPanel } from './chat_panel.js';
import { ControlBar, type Panel } from './control_bar.js';
import { LeaveDialog } from './leave_dialog.js';
import { LiveDialog } from './live_dialog.js';
import { Marks } from './marks.js';
import { MoreDialog } from './more_dialog.js';
import { type Knock, PeoplePanel } from './people_panel.js';
import { RecordDialog } from './record_dialog.js';
import { SettingsDialog } from './settings_dialog.js';
import { StageView } from './stage_view.js';

interface Props {
  /** `recorded`: a moderator leaves a meeting that was recorded meanwhile. */
  onLeft: (reason: LeaveInfo, recorded: boolean) => void;
  onFailed: (error: ParleyError) => void;
}

export function MeetingPage({ onLeft, onFailed }: Props) {
  const recorded = useRef(false);
  const { meeting, state, permissions } = useMeeting({
    onRecordingStateChanged: () => (recorded.current = true),
    onMeetingLeft: (reason) => onLeft(reason, recorded.current && permissions.includes('allow_mod')),
  });
  const entered = useRef(false);
  if (state === 'CONNECTED') entered.current = true;

  useEffect(() => {
    if (meeting?.state === 'IDLE') meeting.join().catch((error: ParleyError) => !entered.current && onFailed(error));
  }, [meeting, onFailed]);

  if (state === 'WAITING') return <Spinner text="You asked to enter. Someone in the meeting will let you in …" />;
  if (!entered.current) return <Spinner text="Joining …" />;
  return <Inside />;
}

/** Recording, livestream and HLS died. */
const EGRESS_DIED = [5001, 5002, 5003];

function Inside() {
  const [panel, setPanel] = useState<Panel>(null);
  const [dialog, setDialog] = useState<'settings' | 'leave' | 'recording' | 'live' | 'more' | null>(null);
  const [drafts, setDrafts] = useState<Draft[]>([]);
  const [knocks, setKnocks] = useState<Knock[]>([]);
  const [seen, setSeen] = useState(0);
  const { notices, tell, ask, withdraw } = useNotices();
  const failures = useFailures(tell);
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
    // What fails on the server's side is told, to those whom it concerns, with its state.
    onError: (error) => !EGRESS_DIED.includes(error.code) && problem(error.message),
  });
  const { participants, localParticipant, permissions, state } = view;
  const localId = localParticipant?.id;
  const canModerate = permissions.includes('allow_mod');
  const broadcast = canModerate
    ? { recording: phaseOf(view.recordingState, latestOf(view.egresses, 'recording')?.paused), live: livePhase(phaseOf(view.livestreamState), phaseOf(view.hlsState)) }
    : undefined;
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
    openRecording: () => setDialog('recording'),
    openLive: () => setDialog('live'),
    openMore: () => setDialog('more'),
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
    ...(canModerate && { r: actions.openRecording, l: actions.openLive }),
    '?': () => setDialog('settings'),
  });

  return (
    <div className={`meeting ${panel ? 'with-panel' : ''}`}>
      {state === 'RECONNECTING' && (
        <div className="banner" role="alert">
          Connection lost. Reconnecting …
        </div>
      )}
      <Marks />
      <main className="stage-area" aria-label="Participants">
        <h1 className="unseen">Meeting {view.meetingId}</h1>
        <StageView hands={hands} canPin={canModerate} />
      </main>
      {panel === 'chat' && <ChatPanel messages={chat.messages} onSend={(text) => chat.publish(text, { persist: true })} onClose={() => setPanel(null)} />}
      {panel === 'people' && <PeoplePanel knocks={knocks} hands={hands} canModerate={canModerate} onClose={() => setPanel(null)} onProblem={problem} />}
      <footer>
        <MeetingName id={view.meetingId} onCopied={() => tell('Address copied')} />
        <ControlBar panel={panel} unread={unread} waiting={knocks.length} ownHand={ownHand} broadcast={broadcast} actions={actions} />
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
      {dialog === 'recording' && <RecordDialog failure={failures.recording} onClose={() => setDialog(null)} />}
      {dialog === 'live' && <LiveDialog failures={failures} drafts={drafts} onDrafts={setDrafts} first={view.isHls && !view.isLiveStreaming ? 'link' : 'platforms'} onClose={() => setDialog(null)} />}
      {dialog === 'more' && broadcast && (
        <MoreDialog
          items={[
            { label: RECORD_LABELS[broadcast.recording], icon: <RecordIcon />, run: actions.openRecording },
            { label: LIVE_LABELS[broadcast.live], icon: <LiveIcon />, run: actions.openLive },
            { label: 'Settings', icon: <SettingsIcon />, run: actions.openSettings },
          ]}
          onClose={() => setDialog(null)}
        />
      )}
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
