import { Dialog } from '../ui/parts.js';

/** For moderators, who can also end the meeting. */
export function LeaveDialog({ onLeave, onEnd, onClose }: { onLeave: () => void; onEnd: () => void; onClose: () => void }) {
  return (
    <Dialog title="Leave the meeting?" onClose={onClose}>
      <div className="column">
        <button type="button" className="primary" onClick={onLeave}>
          Leave
        </button>
        <button type="button" className="danger" onClick={onEnd}>
          End the meeting for everyone
        </button>
        <button type="button" onClick={onClose}>
          Stay
        </button>
      </div>
    </Dialog>
  );
}
