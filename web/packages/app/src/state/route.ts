// Which page an address shows. /m/<roomId> is a meeting, /recordings?room=<roomId> what was recorded there; `token` in the query
// comes from an application that embeds us.

export type Route =
  | { page: 'home' }
  | { page: 'meeting'; roomId: string; token: string | undefined; name: string | undefined; participantId: string | undefined }
  | { page: 'recordings'; roomId: string | undefined; token: string | undefined }
  | { page: 'unknown' };

export function parseRoute(pathname: string, search: string): Route {
  if (pathname === '/' || pathname === '/join') return { page: 'home' };
  const query = new URLSearchParams(search);
  const token = query.get('token') ?? undefined;
  if (/^\/recordings\/?$/.test(pathname)) return { page: 'recordings', roomId: query.get('room') || undefined, token };
  const meeting = /^\/m\/([^/]{1,128})\/?$/.exec(pathname);
  if (!meeting?.[1]) return { page: 'unknown' };
  return {
    page: 'meeting',
    roomId: decodeURIComponent(meeting[1]),
    token,
    name: query.get('name') ?? undefined,
    participantId: query.get('participantId') ?? undefined,
  };
}

export const meetingPath = (roomId: string) => `/m/${encodeURIComponent(roomId)}`;

/** `search`, the present address's query, may hold a token: it is good for the recordings, too. */
export function recordingsPath(roomId: string, search = ''): string {
  const token = new URLSearchParams(search).get('token');
  return `/recordings?${new URLSearchParams({ room: roomId, ...(token && { token }) })}`;
}

/** What someone pastes into the join field: a meeting id, or an address that ends in one. Undefined if neither. */
export function roomIdFromInput(input: string): string | undefined {
  const text = input.trim();
  const address = /\/m\/([^/?#]+)/.exec(text);
  if (address?.[1]) return decodeURIComponent(address[1]);
  return /^[^\s/?#]{1,128}$/.test(text) ? text : undefined;
}
