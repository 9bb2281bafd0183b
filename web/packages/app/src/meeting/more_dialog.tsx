import type { ReactNode } from 'react';
import { Dialog } from '../ui/parts.js';

export interface MoreItem {
  label: string;
  icon: ReactNode;
  run: () => void;
}

/** On narrow screens: what does not fit into the control bar. */
export function MoreDialog({ items, onClose }: { items: readonly MoreItem[]; onClose: () => void }) {
  return (
    <Dialog title="More" onClose={onClose}>
      <div className="column">
        {items.map(({ label, icon, run }) => (
          <button key={label} type="button" className="item" onClick={run}>
            {icon} {label}
          </button>
        ))}
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}
