import { useMeeting } from '@parley/react-sdk';
import { isBusy, isOn, LIVE_LABELS, type Phase, RECORD_LABELS } from '../state/broadcast.js';
import { CameraIcon, CameraOffIcon, ChatIcon, HandIcon, LeaveIcon, LiveIcon, MicIcon, MicOffIcon, MoreIcon, PeopleIcon, RecordIcon, SettingsIcon, ShareIcon } from '../ui/icons.js';
import { RoundButton } from '../ui/parts.js';
import { useNarrow } from '../ui/use_narrow.js';

export type Panel = 'chat' | 'people' | null;

interface Props {
  panel: Panel;
  unread: number;
  waiting: number;
  ownHand: boolean;
  /** For those who may record and go live. */
  broadcast: { recording: Phase; live: Phase } | undefined;
  actions: {
    toggleMic: () => void;
    toggleCamera: () => void;
    toggleShare: () => void;
    toggleHand: () => void;
    showPanel: (panel: Panel) => void;
    openRecording: () => void;
    openLive: () => void;
    openMore: () => void;
    openSettings: () => void;
    leave: () => void;
  };
}

const canShare = () => !!navigator.mediaDevices && 'getDisplayMedia' in navigator.mediaDevices;

const lookOf = (phase: Phase) => (isOn(phase) ? 'danger' : isBusy(phase) ? 'busy' : 'plain');

export function ControlBar({ panel, unread, waiting, ownHand, broadcast, actions }: Props) {
  const { localMicOn, localWebcamOn, localScreenShareOn, localParticipant } = useMeeting();
  const narrow = useNarrow();
  const sends = localParticipant?.mode === 'SEND_AND_RECV';
  return (
    <div className="controls" role="toolbar" aria-label="Meeting controls">
      {sends && (
        <>
          <RoundButton label={localMicOn ? 'Turn microphone off' : 'Turn microphone on'} shortcut="M" aria-pressed={localMicOn} look={localMicOn ? 'plain' : 'off'} onClick={actions.toggleMic}>
            {localMicOn ? <MicIcon /> : <MicOffIcon />}
          </RoundButton>
          <RoundButton label={localWebcamOn ? 'Turn camera off' : 'Turn camera on'} shortcut="V" aria-pressed={localWebcamOn} look={localWebcamOn ? 'plain' : 'off'} onClick={actions.toggleCamera}>
            {localWebcamOn ? <CameraIcon /> : <CameraOffIcon />}
          </RoundButton>
          {canShare() && (
            <RoundButton label={localScreenShareOn ? 'Stop sharing' : 'Share your screen'} shortcut="S" aria-pressed={localScreenShareOn} look={localScreenShareOn ? 'on' : 'plain'} onClick={actions.toggleShare}>
              <ShareIcon />
            </RoundButton>
          )}
        </>
      )}
      <RoundButton label={ownHand ? 'Lower your hand' : 'Raise your hand'} shortcut="H" aria-pressed={ownHand} look={ownHand ? 'on' : 'plain'} onClick={actions.toggleHand}>
        <HandIcon />
      </RoundButton>
      <RoundButton label={unread ? `Chat, ${unread} unread` : 'Chat'} shortcut="C" aria-pressed={panel === 'chat'} look={panel === 'chat' ? 'on' : 'plain'} badge={unread} onClick={() => actions.showPanel(panel === 'chat' ? null : 'chat')}>
        <ChatIcon />
      </RoundButton>
      <RoundButton label={waiting ? `People, ${waiting} waiting to be let in` : 'People'} shortcut="P" aria-pressed={panel === 'people'} look={panel === 'people' ? 'on' : 'plain'} badge={waiting} onClick={() => actions.showPanel(panel === 'people' ? null : 'people')}>
        <PeopleIcon />
      </RoundButton>
      {broadcast && !narrow && (
        <>
          <RoundButton label={RECORD_LABELS[broadcast.recording]} shortcut="R" look={lookOf(broadcast.recording)} onClick={actions.openRecording}>
            <RecordIcon />
          </RoundButton>
          <RoundButton label={LIVE_LABELS[broadcast.live]} shortcut="L" look={lookOf(broadcast.live)} onClick={actions.openLive}>
            <LiveIcon />
          </RoundButton>
        </>
      )}
      {broadcast && narrow ? (
        <RoundButton label="More: record, go live, settings" look={isOn(broadcast.recording) || isOn(broadcast.live) ? 'lit' : 'plain'} onClick={actions.openMore}>
          <MoreIcon />
        </RoundButton>
      ) : (
        <RoundButton label="Settings" onClick={actions.openSettings}>
          <SettingsIcon />
        </RoundButton>
      )}
      <RoundButton label="Leave" look="danger" onClick={actions.leave}>
        <LeaveIcon />
      </RoundButton>
    </div>
  );
}
