import { ErrorCode, ParleyError } from '../errors.js';

/** The WebSocket address of a server given as `https://host[/path]`, `wss://…` or a bare host name. */
export function signallingUrl(server: string): string {
  const absolute = /^[a-z]+:\/\//i.test(server) ? server : `https://${server}`;
  let url: URL;
  try {
    url = new URL(absolute);
  } catch {
    throw new ParleyError(ErrorCode.BAD_PARAMETER, `"${server}" is not the address of a server.`);
  }
  const secure = url.protocol === 'https:' || url.protocol === 'wss:';
  if (!secure && url.protocol !== 'http:' && url.protocol !== 'ws:') {
    throw new ParleyError(ErrorCode.BAD_PARAMETER, `"${server}" is not the address of a server.`);
  }
  return `${secure ? 'wss' : 'ws'}://${url.host}${url.pathname.replace(/\/$/, '')}/v1/signal`;
}
