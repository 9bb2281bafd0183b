import { type Participant, useParticipant, VideoPlayer } from '@parley/react-sdk';
import type { CSSProperties } from 'react';
import { HandIcon, MicOffIcon, PinIcon, QualityIcon } from '../ui/icons.js';
import { Avatar } from '../ui/parts.js';

export interface TileProps {
  participantId: string;
  /** Which of the participant's pictures. */
  kind?: 'video' | 'share';
  handRaised?: boolean;
  style?: CSSProperties;
  onPin?: ((participant: Participant, pinned: boolean) => void) | undefined;
}

/** One participant: picture or initials, name, microphone, connection. */
export function Tile({ participantId, kind = 'video', handRaised = false, style, onPin }: TileProps) {
  const view = useParticipant(participantId);
  const stream = kind === 'video' ? view.webcamStream : view.screenShareStream;
  const name = view.displayName || participantId;
  const title = kind === 'share' ? `${view.isLocal ? 'Your' : `${name}’s`} screen` : `${name}${view.isLocal ? ' (you)' : ''}`;
  const pinned = kind === 'share' ? view.pinState.share : view.pinState.cam;
  const shownPicture = !!stream && !(stream.paused && !view.isLocal);

  return (
    <figure className={`tile ${kind} ${view.isActiveSpeaker && kind === 'video' ? 'speaking' : ''}`} style={style} data-participant={participantId} data-kind={kind} aria-label={describe(title, view.micOn, view.reconnecting)}>
      {stream && <VideoPlayer participantId={participantId} type={kind} mirror={view.isLocal && kind === 'video'} label={title} className={shownPicture ? '' : 'covered'} />}
      {!shownPicture && <Avatar id={participantId} name={name} />}
      {view.reconnecting && <div className="tile-notice">Reconnecting …</div>}
      {stream?.paused && !view.isLocal && !view.reconnecting && <div className="tile-notice">Video paused</div>}
      <figcaption>
        {kind === 'video' && !view.micOn && (
          <span className="muted-mark" title="Microphone off">
            <MicOffIcon size={15} />
          </span>
        )}
        <span className="tile-name">{title}</span>
        {view.connectionQuality > 0 && <QualityIcon quality={view.connectionQuality} />}
      </figcaption>
      {handRaised && kind === 'video' && (
        <span className="hand-mark" role="img" aria-label="Raised hand">
          <HandIcon size={18} />
        </span>
      )}
      {onPin && view.participant && (
        <button type="button" className={`pin ${pinned ? 'pinned' : ''}`} aria-pressed={pinned} aria-label={pinned ? `Unpin ${title}` : `Pin ${title} for everyone`} title={pinned ? 'Unpin' : 'Pin for everyone'} onClick={() => onPin(view.participant as Participant, !pinned)}>
          <PinIcon size={17} />
        </button>
      )}
    </figure>
  );
}

function describe(title: string, micOn: boolean, reconnecting: boolean): string {
  return [title, micOn ? '' : 'microphone off', reconnecting ? 'reconnecting' : ''].filter(Boolean).join(', ');
}
