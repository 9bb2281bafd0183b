import type { LogLevel } from './api/values.js';

const kRank: Record<LogLevel, number> = { NONE: 0, ERROR: 1, WARN: 2, INFO: 3, DEBUG: 4, ALL: 5 };

/** The one piece of state that all meetings of a page share. */
let rank = kRank.WARN;

export function setLogLevel(level: LogLevel): void {
  rank = kRank[level] ?? kRank.WARN;
}

export const log = {
  error: (...what: unknown[]) => rank >= kRank.ERROR && console.error('Parley:', ...what),
  warn: (...what: unknown[]) => rank >= kRank.WARN && console.warn('Parley:', ...what),
  info: (...what: unknown[]) => rank >= kRank.INFO && console.info('Parley:', ...what),
  debug: (...what: unknown[]) => rank >= kRank.DEBUG && console.debug('Parley:', ...what),
};
