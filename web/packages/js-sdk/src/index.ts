import type { ParleyStatic } from './api/parley.js';
import { windowBrowser } from './browser/window.js';
import { ParleyEntry } from './parley.js';

export type * from './api/egress.js';
export type * from './api/events.js';
export type * from './api/meeting.js';
export type * from './api/parley.js';
export type * from './api/participant.js';
export type * from './api/pubsub.js';
export type * from './api/stats.js';
export type * from './api/stream.js';
export type * from './api/tracks.js';
export type * from './api/values.js';
export { ErrorCode, LeaveReason, ParleyError } from './errors.js';

/** Talks to the server that served this page, unless `config({serverUrl})` or `signalingBaseUrl` says otherwise. */
export const Parley: ParleyStatic = new ParleyEntry(windowBrowser, () => location.origin);
