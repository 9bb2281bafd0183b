// The few calls the bundled app makes to its server, beside the SDK.

export class ServerError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** The answer as JSON; throws a ServerError with the server's own words. */
export async function call<Answer>(method: string, path: string, { body, token }: { body?: object; token?: string } = {}): Promise<Answer> {
  const headers: Record<string, string> = {};
  if (body) headers['content-type'] = 'application/json';
  if (token) headers.authorization = token;
  let response: Response;
  try {
    response = await fetch(path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  } catch {
    throw new ServerError(0, 'The server cannot be reached. Check your connection and try again.');
  }
  const answer = (await response.json().catch(() => ({}))) as { message?: string } & Answer;
  if (!response.ok) throw new ServerError(response.status, answer.message ?? `The server answered ${response.status}.`);
  return answer;
}

/** A fresh meeting. */
export const createRoom = () => call<{ roomId: string }>('POST', '/app/rooms', { body: {} });

/** A token to join with, for people who open the app itself rather than an application that embeds it. */
export const fetchToken = (roomId: string) => call<{ token: string }>('POST', '/app/token', { body: { roomId } });
