// How a recording or broadcast looks: every choice with a value, as a form needs it, and the SDK's `config`, where anything may
// be missing.
import type { EgressConfig } from '@parley/react-sdk';

export interface Composition {
  type: 'GRID' | 'SPOTLIGHT' | 'SIDEBAR';
  priority: 'SPEAKER' | 'PIN';
  gridSize: number;
  theme: 'DARK' | 'LIGHT';
  quality: 'low' | 'med' | 'high' | 'ultra';
  orientation: 'landscape' | 'portrait';
}

export const DEFAULT_COMPOSITION: Composition = { type: 'GRID', priority: 'SPEAKER', gridSize: 25, theme: 'DARK', quality: 'med', orientation: 'landscape' };

export const CHOICES = {
  type: { GRID: 'Grid', SPOTLIGHT: 'Spotlight', SIDEBAR: 'Sidebar' },
  priority: { SPEAKER: 'Whoever speaks comes first', PIN: 'Only pinned people' },
  gridSize: { 4: '4', 9: '9', 16: '16', 25: '25' },
  theme: { DARK: 'Dark', LIGHT: 'Light' },
  quality: { low: '480p', med: '720p', high: '1080p', ultra: '1440p' },
  orientation: { landscape: 'Landscape', portrait: 'Portrait' },
} as const;

/** What was stored or is in force, with defaults for the rest and for what is not among the choices (the theme `DEFAULT` is dark). */
export function compositionOf(config: EgressConfig | undefined): Composition {
  const { layout = {}, ...rest } = config ?? {};
  const flat: Partial<Record<keyof Composition, unknown>> = { ...layout, ...rest };
  const result: Record<string, unknown> = { ...DEFAULT_COMPOSITION };
  for (const name of Object.keys(DEFAULT_COMPOSITION) as (keyof Composition)[]) {
    const value = flat[name];
    const fits = name === 'gridSize' ? Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 25 : Object.hasOwn(CHOICES[name], String(value));
    if (fits) result[name] = value;
  }
  return result as unknown as Composition;
}

export function configOf({ type, priority, gridSize, theme, quality, orientation }: Composition): EgressConfig {
  return { layout: { type, priority, gridSize }, theme, quality, orientation };
}

/** Only what is changed, as a running one takes it. A layout goes as a whole, so that its parts fit each other. */
export function changeOf(composition: Composition, change: Partial<Composition>): EgressConfig {
  const { layout, ...rest } = configOf({ ...composition, ...change });
  const inLayout = 'type' in change || 'priority' in change || 'gridSize' in change;
  const others = Object.fromEntries(Object.entries(rest).filter(([name]) => name in change));
  return { ...(inLayout && { layout }), ...others };
}
