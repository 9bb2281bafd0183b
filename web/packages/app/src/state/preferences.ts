// What the app remembers on this device. A browser that keeps nothing (private mode) just forgets.
import { useSyncExternalStore } from 'react';
import { type Composition, compositionOf, configOf, DEFAULT_COMPOSITION } from './composition.js';

export interface Preferences {
  name: string;
  micOn: boolean;
  cameraOn: boolean;
  microphoneId: string;
  cameraId: string;
  speakerId: string;
  theme: 'system' | 'dark' | 'light';
  /** How recordings and livestreams look; where they go is never kept. */
  composition: Composition;
}

const KEY = 'parley.preferences';
const DEFAULTS: Preferences = {
  name: '',
  micOn: true,
  cameraOn: true,
  microphoneId: '',
  cameraId: '',
  speakerId: '',
  theme: 'system',
  composition: DEFAULT_COMPOSITION,
};

let current: Preferences = load();
const listeners = new Set<() => void>();

function load(): Preferences {
  try {
    const stored = { ...DEFAULTS, ...(JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Preferences>) };
    return { ...stored, composition: compositionOf(configOf(stored.composition)) };
  } catch {
    return DEFAULTS;
  }
}

export const getPreferences = () => current;

export function setPreferences(change: Partial<Preferences>): void {
  current = { ...current, ...change };
  try {
    localStorage.setItem(KEY, JSON.stringify(current));
  } catch {
    // Storage is off: the choice lasts as long as the page.
  }
  if (change.theme) applyTheme();
  for (const listener of listeners) listener();
}

export function usePreferences(): Preferences {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, getPreferences);
}

export function applyTheme(): void {
  const root = document.documentElement;
  if (current.theme === 'system') root.removeAttribute('data-theme');
  else root.setAttribute('data-theme', current.theme);
}
