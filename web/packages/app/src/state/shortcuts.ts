import { useEffect, useRef } from 'react';

export const SHORTCUTS = {
  m: 'Microphone on or off',
  v: 'Camera on or off',
  s: 'Share your screen or stop',
  c: 'Open or close the chat',
  p: 'Open or close the list of people',
  h: 'Raise or lower your hand',
  r: 'Recording (moderators)',
  l: 'Go live (moderators)',
  '?': 'Show these shortcuts',
} as const;
export type Shortcut = keyof typeof SHORTCUTS;

const typing = (target: EventTarget | null) => target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName));

/** Calls the action of a key that is pressed alone, outside of text fields and dialogs. */
export function useShortcuts(actions: Partial<Record<Shortcut, () => void>>): void {
  const latest = useRef(actions);
  useEffect(() => {
    latest.current = actions;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || typing(event.target)) return;
      if (document.querySelector('dialog[open]')) return;
      const action = latest.current[event.key.toLowerCase() as Shortcut];
      if (!action) return;
      event.preventDefault();
      action();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
}
