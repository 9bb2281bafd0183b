/** The first retry comes soon, for a socket that was merely cut; the last ones rarely, for a server that is down. */
const kFirstMs = 200;
const kMaxMs = 5000;
/** Spreads the clients of one server that went away at one moment. */
const kJitter = 0.3;

/** How long to wait before attempt `attempt` (from 0); `random` is 0 ≤ x < 1. */
export function backoffMs(attempt: number, random: number): number {
  const delay = Math.min(kMaxMs, kFirstMs * 2 ** Math.min(attempt, 16));
  return delay * (1 + kJitter * random);
}
