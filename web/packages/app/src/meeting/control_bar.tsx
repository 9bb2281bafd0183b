import { useMeeting } from '@parley/react-sdk';
import { CameraIcon, CameraOffIcon, ChatIcon, HandIcon, LeaveIcon, MicIcon, MicOffIcon, PeopleIcon, SettingsIcon, ShareIcon } from '../ui/icons.js';
import { RoundButton } from '../ui/parts.js';

export type Panel = 'chat' | 'people' | null;

interface Props {
  panel: Panel;
  unread: number;
  waiting: number;
  ownHand: boolean;
  actions: {
    toggleMic: () => void;
    toggleCamera: () => void;
    toggleShare: () => void;
    toggleHand: () => void;
    showPanel: (panel: Panel) => void;
    openSettings: () => void;
    leave: () => void;
  };
}

const canShare = () => !!navigator.mediaDevices && 'getDisplayMedia' in navigator.mediaDevices;

export function ControlBar({ panel, unread, waiting, ownHand, actions }: Props) {
  const { localMicOn, localWebcamOn, localScreenShareOn, localParticipant } = useMeeting();
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
      <RoundButton label="Settings" onClick={actions.openSettings}>
        <SettingsIcon />
      </RoundButton>
      <RoundButton label="Leave" look="danger" onClick={actions.leave}>
        <LeaveIcon />
      </RoundButton>
    </div>
  );
}
