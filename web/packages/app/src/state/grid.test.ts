import { describe, expect, test } from 'vitest';
import { GRID, layoutGrid } from './grid.js';

const desktop = { width: 1600, height: 850 };
const phone = { width: 390, height: 640 };

describe('layoutGrid', () => {
  test.each([
    [1, desktop, 1],
    [2, desktop, 2],
    [4, desktop, 2],
    [5, desktop, 3],
    [9, desktop, 3],
    [16, desktop, 4],
    [1, phone, 1],
    [2, phone, 1],
    [4, phone, 2],
  ])('%i tiles in %o take %i columns', (count, box, columns) => {
    expect(layoutGrid(count, box).columns).toBe(columns);
  });

  test('every arrangement fits its box, and no tile is too small to know a face', () => {
    for (let count = 1; count <= 60; count++) {
      for (const box of [desktop, phone, { width: 844, height: 300 }, { width: 300, height: 200 }]) {
        const { columns, rows, tileWidth, tileHeight, perPage } = layoutGrid(count, box);
        expect(columns * tileWidth + (columns - 1) * GRID.gap).toBeLessThanOrEqual(box.width + 1);
        expect(rows * tileHeight + (rows - 1) * GRID.gap).toBeLessThanOrEqual(box.height + 1);
        expect(columns * rows).toBeGreaterThanOrEqual(perPage);
        if (perPage > 1) expect(tileWidth).toBeGreaterThanOrEqual(GRID.minTileWidth);
      }
    }
  });

  test('what does not fit is left to further pages', () => {
    expect(layoutGrid(40, phone).perPage).toBeLessThan(15);
    expect(layoutGrid(12, desktop).perPage).toBe(12);
  });
});
