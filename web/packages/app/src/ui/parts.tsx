// Small pieces that pages share.
import { type ButtonHTMLAttributes, type ReactNode, useEffect, useRef } from 'react';

interface RoundButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  label: string;
  /** Shown with the label when the pointer rests, e.g. "M". */
  shortcut?: string;
  look?: 'plain' | 'off' | 'on' | 'danger' | 'busy' | 'lit';
  badge?: number;
  children: ReactNode;
}

/** A round button with an icon: its label is for screen readers and the tooltip. */
export function RoundButton({ label, shortcut, look = 'plain', badge = 0, children, ...rest }: RoundButtonProps) {
  return (
    <button type="button" className={`round ${look}`} aria-label={label} title={shortcut ? `${label} (${shortcut})` : label} aria-keyshortcuts={shortcut} {...rest}>
      {children}
      {badge > 0 && <span className="badge">{badge > 99 ? '99+' : badge}</span>}
    </button>
  );
}

export function Spinner({ text }: { text: string }) {
  return (
    <div className="centered" role="status">
      <div className="spinner" />
      <p>{text}</p>
    </div>
  );
}

/** The first letters of a name, as people abbreviate themselves. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const first = words[0]?.[0] ?? '?';
  const last = words.length > 1 ? (words.at(-1)?.[0] ?? '') : '';
  return (first + last).toUpperCase();
}

/** A colour that a person keeps: a hue from the id. */
export function personHue(id: string): number {
  let hash = 0;
  for (const char of id) hash = (hash * 31 + char.charCodeAt(0)) % 360;
  return hash;
}

export function Avatar({ id, name }: { id: string; name: string }) {
  return (
    <div className="avatar" style={{ '--hue': personHue(id) } as React.CSSProperties} aria-hidden="true">
      {initials(name)}
    </div>
  );
}

/** A modal dialog that closes with Escape and gives the focus back. */
export function Dialog({ title, onClose, wide = false, children }: { title: string; onClose: () => void; wide?: boolean; children: ReactNode }) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog ref={element} className={`dialog ${wide ? 'wide' : ''}`} aria-label={title} onCancel={onClose} onClick={(event) => event.target === element.current && onClose()}>
      <div className="dialog-body">
        <h2>{title}</h2>
        {children}
      </div>
    </dialog>
  );
}
