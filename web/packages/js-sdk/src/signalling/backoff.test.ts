import { expect, it } from 'vitest';
import { backoffMs } from './backoff.js';

it('doubles from 0.2 s to 5 s and spreads by up to 30 %', () => {
  expect([0, 1, 2, 3, 4, 5, 6, 1000].map((attempt) => backoffMs(attempt, 0))).toEqual([
    200, 400, 800, 1600, 3200, 5000, 5000, 5000,
  ]);
  expect(backoffMs(0, 0.999)).toBeCloseTo(260, 0);
  expect(backoffMs(9, 0.999)).toBeLessThan(6500);
});
