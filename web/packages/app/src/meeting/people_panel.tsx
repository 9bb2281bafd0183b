import { useMeeting, useParticipant } from '@parley/react-sdk';
import { useState } from 'react';
import { CameraIcon, CameraOffIcon, HandIcon, MicIcon, MicOffIcon, PinIcon, RemoveIcon } from '../ui/icons.js';
import { Avatar, Dialog } from '../ui/parts.js';
import { PanelHeader } from './panel_header.js';

export interface Knock {
  participantId: string;
  name: string;
  allow: () => void;
  deny: () => void;
}

interface Props {
  knocks: readonly Knock[];
  hands: ReadonlySet<string>;
  canModerate: boolean;
  onClose: () => void;
  onProblem: (text: string) => void;
}

export function PeoplePanel({ knocks, hands, canModerate, onClose, onProblem }: Props) {
  const { participants, localParticipant } = useMeeting();
  const ids = [...(localParticipant ? [localParticipant.id] : []), ...participants.keys()];
  return (
    <aside className="panel" aria-label="People">
      <PanelHeader title={`People (${ids.length})`} onClose={onClose} />
      <div className="people">
        {knocks.length > 0 && (
          <section aria-label="Waiting to be let in">
            <h3>Waiting to be let in</h3>
            {knocks.map((knock) => (
              <div key={knock.participantId} className="person">
                <Avatar id={knock.participantId} name={knock.name} />
                <span className="person-name">{knock.name || knock.participantId}</span>
                <button type="button" onClick={knock.deny}>
                  Deny
                </button>
                <button type="button" className="primary" onClick={knock.allow}>
                  Admit
                </button>
              </div>
            ))}
          </section>
        )}
        <ul>
          {ids.map((id) => (
            <Person key={id} id={id} handRaised={hands.has(id)} canModerate={canModerate} onProblem={onProblem} />
          ))}
        </ul>
      </div>
    </aside>
  );
}

function Person({ id, handRaised, canModerate, onProblem }: { id: string; handRaised: boolean; canModerate: boolean; onProblem: (text: string) => void }) {
  const view = useParticipant(id);
  const [removing, setRemoving] = useState(false);
  const { participant } = view;
  if (!participant) return null;
  const name = view.displayName || id;
  const moderate = canModerate && !view.isLocal;
  const act = (work: Promise<void>) => void work.catch((error: Error) => onProblem(error.message));

  return (
    <li className="person" data-participant={id}>
      <Avatar id={id} name={name} />
      <span className="person-name">
        {name}
        {view.isLocal && <span className="faint"> (you)</span>}
        {view.mode !== 'SEND_AND_RECV' && <span className="faint"> · listening</span>}
        {view.reconnecting && <span className="faint"> · reconnecting</span>}
      </span>
      {handRaised && <HandIcon size={18} />}
      {moderate ? (
        <>
          <button type="button" className="icon" aria-label={view.micOn ? `Mute ${name}` : `Ask ${name} to unmute`} title={view.micOn ? 'Mute' : 'Ask to unmute'} onClick={() => act(view.micOn ? participant.disableMic() : participant.enableMic())}>
            {view.micOn ? <MicIcon size={18} /> : <MicOffIcon size={18} />}
          </button>
          <button type="button" className="icon" aria-label={view.webcamOn ? `Turn ${name}’s camera off` : `Ask ${name} to turn the camera on`} title={view.webcamOn ? 'Turn camera off' : 'Ask to turn camera on'} onClick={() => act(view.webcamOn ? participant.disableWebcam() : participant.enableWebcam())}>
            {view.webcamOn ? <CameraIcon size={18} /> : <CameraOffIcon size={18} />}
          </button>
          <button type="button" className="icon" aria-pressed={view.pinState.cam} aria-label={`${view.pinState.cam ? 'Unpin' : 'Pin'} ${name}`} title={view.pinState.cam ? 'Unpin' : 'Pin for everyone'} onClick={() => act(view.pinState.cam ? participant.unpin('CAM') : participant.pin('CAM'))}>
            <PinIcon size={18} />
          </button>
          <button type="button" className="icon danger-text" aria-label={`Remove ${name}`} title="Remove from the meeting" onClick={() => setRemoving(true)}>
            <RemoveIcon size={18} />
          </button>
        </>
      ) : (
        <span className="person-state">
          {view.micOn ? <MicIcon size={18} /> : <MicOffIcon size={18} />}
          {view.webcamOn ? <CameraIcon size={18} /> : <CameraOffIcon size={18} />}
        </span>
      )}
      {removing && (
        <Dialog title={`Remove ${name} from the meeting?`} onClose={() => setRemoving(false)}>
          <div className="row end">
            <button type="button" onClick={() => setRemoving(false)}>
              Cancel
            </button>
            <button type="button" className="danger" onClick={() => (setRemoving(false), act(participant.remove()))}>
              Remove
            </button>
          </div>
        </Dialog>
      )}
    </li>
  );
}
