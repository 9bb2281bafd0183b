import { type Participant, useMeeting } from '@parley/react-sdk';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { type Box, GRID, layoutGrid } from '../state/grid.js';
import { arrangeStage, keepSpeakerVisible, type StagePicture } from '../state/stage.js';
import { LeftIcon, RightIcon } from '../ui/icons.js';
import { Tile } from './tile.js';

function useBox(): [React.RefObject<HTMLDivElement | null>, Box] {
  const element = useRef<HTMLDivElement>(null);
  const [box, setBox] = useState<Box>({ width: 0, height: 0 });
  useLayoutEffect(() => {
    if (!element.current) return;
    const observer = new ResizeObserver(([entry]) => entry && setBox({ width: entry.contentRect.width, height: entry.contentRect.height }));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return [element, box];
}

/** Ids of those who spoke, the latest first. */
function useSpoken(activeSpeakerId: string | null): string[] {
  const [spoken, setSpoken] = useState<string[]>([]);
  useEffect(() => {
    if (activeSpeakerId) setSpoken((had) => [activeSpeakerId, ...had.filter((id) => id !== activeSpeakerId)].slice(0, 50));
  }, [activeSpeakerId]);
  return spoken;
}

interface Props {
  hands: ReadonlySet<string>;
  canPin: boolean;
}

/** The pictures: one large with the rest beside it, or an even grid in pages. */
export function StageView({ hands, canPin }: Props) {
  const { participants, localParticipant, presenterId, pinnedParticipants, activeSpeakerId, localScreenShareOn } = useMeeting();
  const spoken = useSpoken(activeSpeakerId);
  const stage = arrangeStage({
    localId: localParticipant?.id ?? '',
    remote: [...participants.values()].map((p) => ({ id: p.id, sharing: p.screenShareOn })),
    localSharing: localScreenShareOn,
    presenterId,
    pins: pinnedParticipants,
  });
  const onPin = canPin ? (participant: Participant, kind: 'CAM' | 'SHARE', pinned: boolean) => void (pinned ? participant.pin(kind) : participant.unpin(kind)).catch(() => {}) : undefined;
  const tile = (picture: StagePicture, style?: React.CSSProperties) => (
    <Tile key={`${picture.kind}-${picture.participantId}`} {...picture} style={style} handRaised={hands.has(picture.participantId)} onPin={onPin && ((p, pinned) => onPin(p, picture.kind === 'share' ? 'SHARE' : 'CAM', pinned))} />
  );

  return (
    <div className={`stage ${stage.main ? 'with-main' : ''}`}>
      {stage.main && <div className="main-picture">{tile(stage.main)}</div>}
      <Pictures pictures={stage.others} spoken={spoken} draw={tile} />
      {participants.size === 0 && !stage.main && <p className="alone">You are the only one here. Share the address to invite others.</p>}
    </div>
  );
}

function Pictures({ pictures, spoken, draw }: { pictures: StagePicture[]; spoken: string[]; draw: (picture: StagePicture, style?: React.CSSProperties) => React.ReactNode }) {
  const [element, box] = useBox();
  const [page, setPage] = useState(0);
  const layout = layoutGrid(pictures.length, box);
  const pages = Math.ceil(pictures.length / layout.perPage);
  const shown = Math.min(page, pages - 1);
  const ordered = shown === 0 ? keepSpeakerVisible(pictures, layout.perPage, spoken) : pictures;
  const onPage = ordered.slice(shown * layout.perPage, (shown + 1) * layout.perPage);
  const style = { width: layout.tileWidth, height: layout.tileHeight };

  return (
    <div className="pictures">
      <div className="grid" ref={element} style={{ gap: GRID.gap, maxWidth: '100%' }}>
        {box.width > 0 && onPage.map((picture) => draw(picture, style))}
      </div>
      {pages > 1 && (
        <nav className="pager" aria-label="Pages of participants">
          <button type="button" aria-label="Previous page" disabled={shown === 0} onClick={() => setPage(shown - 1)}>
            <LeftIcon size={18} />
          </button>
          <span>
            {shown + 1} / {pages}
          </span>
          <button type="button" aria-label="Next page" disabled={shown === pages - 1} onClick={() => setPage(shown + 1)}>
            <RightIcon size={18} />
          </button>
        </nav>
      )}
    </div>
  );
}
