// How many columns fit a number of equal tiles best into a box.

export interface Box {
  width: number;
  height: number;
}

export interface GridLayout {
  columns: number;
  rows: number;
  tileWidth: number;
  tileHeight: number;
  /** Tiles on one page; the rest is on further pages. */
  perPage: number;
}

export interface GridOptions {
  gap: number;
  /** Tiles are never drawn narrower than this: what does not fit goes to the next page. */
  minTileWidth: number;
  /** Width by height that a tile may take: between tall (phones) and wide. */
  minAspect: number;
  maxAspect: number;
}

export const GRID: GridOptions = { gap: 8, minTileWidth: 150, minAspect: 3 / 4, maxAspect: 16 / 9 };

/** The arrangement with the largest tiles; with equal area the one with fewer empty places. */
export function layoutGrid(count: number, box: Box, options: GridOptions = GRID): GridLayout {
  for (let perPage = Math.max(1, count); ; perPage--) {
    const best = arrange(perPage, box, options);
    if (best.tileWidth >= Math.min(options.minTileWidth, box.width) || perPage === 1) return { ...best, perPage };
  }
}

function arrange(count: number, box: Box, { gap, minAspect, maxAspect }: GridOptions): Omit<GridLayout, 'perPage'> {
  let best = { columns: 1, rows: count, tileWidth: 0, tileHeight: 0 };
  let bestScore = -1;
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const cellWidth = Math.max(0, (box.width - gap * (columns - 1)) / columns);
    const cellHeight = Math.max(0, (box.height - gap * (rows - 1)) / rows);
    const tileWidth = Math.min(cellWidth, cellHeight * maxAspect);
    const tileHeight = Math.min(cellHeight, tileWidth / minAspect);
    // Pictures are wide: what is taller than 4:3 shows more room than face, so height beyond that counts a little less.
    const useful = tileWidth * Math.min(tileHeight, tileWidth * 0.75 + (tileHeight - tileWidth * 0.75) * 0.8);
    const score = useful - (columns * rows - count) * 1e-3;
    if (score > bestScore) {
      bestScore = score;
      best = { columns, rows, tileWidth: Math.floor(tileWidth), tileHeight: Math.floor(tileHeight) };
    }
  }
  return best;
}
