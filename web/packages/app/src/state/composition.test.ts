import { expect, test } from 'vitest';
import { changeOf, CHOICES, compositionOf, configOf, DEFAULT_COMPOSITION } from './composition.js';

test('every combination of choices survives the way to the SDK and back', () => {
  for (const type of Object.keys(CHOICES.type)) {
    for (const quality of Object.keys(CHOICES.quality)) {
      const composition = { ...DEFAULT_COMPOSITION, type, quality, gridSize: 9, priority: 'PIN', theme: 'LIGHT', orientation: 'portrait' } as typeof DEFAULT_COMPOSITION;
      expect(compositionOf(configOf(composition))).toEqual(composition);
    }
  }
});

test('what is missing or unknown has its default', () => {
  expect(compositionOf(undefined)).toEqual(DEFAULT_COMPOSITION);
  expect(compositionOf({ layout: { type: 'CIRCLE', gridSize: 99 }, theme: 'DEFAULT', quality: '8k' } as never)).toEqual(DEFAULT_COMPOSITION);
});

test('a change carries only what was changed, and a layout whole', () => {
  expect(changeOf(DEFAULT_COMPOSITION, { theme: 'LIGHT' })).toEqual({ theme: 'LIGHT' });
  expect(changeOf({ ...DEFAULT_COMPOSITION, priority: 'PIN' }, { type: 'SIDEBAR' })).toEqual({ layout: { type: 'SIDEBAR', priority: 'PIN', gridSize: 25 } });
});
