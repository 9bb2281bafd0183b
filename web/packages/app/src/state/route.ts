// Which page an address shows. /m/<roomId> is a meeting; `token` in the query comes from an application that embeds us.

export type Route =
  | { page: 'home' }
  | { page: 'meeting'; roomId: string; token: string | undefined; name: string | undefined; participantId: string | undefined }
  | { page: 'unknown' };

export function parseRoute(pathname: string, search: string): Route {
  if (pathname === '/' || pathname === '/join') return { page: 'home' };
  const meeting = /^\/m\/([^/]{1,128})\/?$/.exec(pathname);
  if (!meeting?.[1]) return { page: 'unknown' };
  const query = new URLSearchParams(search);
  return {
    page: 'meeting',
    roomId: decodeURIComponent(meeting[1]),
    token: query.get('token') ?? undefined,
    name: query.get('name') ?? undefined,
    participantId: query.get('participantId') ?? undefined,
  };
}

export const meetingPath = (roomId: string) => `/m/${encodeURIComponent(roomId)}`;

/** What someone pastes into the join field: a meeting id, or an address that ends in one. Undefined if neither. */
export function roomIdFromInput(input: string): string | undefined {
  const text = input.trim();
  const address = /\/m\/([^/?#]+)/.exec(text);
  if (address?.[1]) return decodeURIComponent(address[1]);
  return /^[^\s/?#]{1,128}$/.test(text) ? text : undefined;
}
