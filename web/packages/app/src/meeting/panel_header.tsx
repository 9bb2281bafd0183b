import { CloseIcon } from '../ui/icons.js';

export function PanelHeader({ title, onClose }: { title: string; onClose: () => void }) {
  return (
    <header>
      <h2>{title}</h2>
      <button type="button" className="icon" aria-label={`Close ${title.toLowerCase()}`} onClick={onClose}>
        <CloseIcon size={20} />
      </button>
    </header>
  );
}
