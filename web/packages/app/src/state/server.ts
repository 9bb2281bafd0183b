// The few calls the bundled app makes to its server, beside the SDK.

export class ServerError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

async function post<Answer>(path: string, body: object): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  } catch {
    throw new ServerError(0, 'The server cannot be reached. Check your connection and try again.');
  }
  const answer = (await response.json().catch(() => ({}))) as { message?: string } & Answer;
  if (!response.ok) throw new ServerError(response.status, answer.message ?? `The server answered ${response.status}.`);
  return answer;
}

/** A fresh meeting. */
export const createRoom = () => post<{ roomId: string }>('/app/rooms', {});

/** A token to join with, for people who open the app itself rather than an application that embeds it. */
export const fetchToken = (roomId: string) => post<{ token: string }>('/app/token', { roomId });
