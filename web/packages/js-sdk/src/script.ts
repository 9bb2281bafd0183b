import { windowBrowser } from './browser/window.js';
import { ErrorCode, LeaveReason, ParleyError } from './errors.js';
import { ParleyEntry } from './parley.js';

/** The script build's global. Read while the script runs: only then does the document know where it came from. */
const source = (document.currentScript as HTMLScriptElement | null)?.src;
const origin = source ? new URL(source).origin : location.origin;

export default Object.assign(new ParleyEntry(windowBrowser, () => origin), { ErrorCode, LeaveReason, ParleyError });
