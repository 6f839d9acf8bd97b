/** The API of this application's own backend (server.mjs). */
export interface Person {
  id: string;
  name: string;
}

export interface Session {
  /** The URL of the hub. */
  url: string;
  people: Person[];
}

export async function readSession(): Promise<Session> {
  return parseResponse<Session>(await fetch('/session'));
}

/** Returns a fresh token for the hub. */
export async function tokenOf(user: string): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch('/token', { method: 'POST', headers, body: JSON.stringify({ user }) });
  return (await parseResponse<{ token: string }>(response)).token;
}

async function parseResponse<T>(response: Response): Promise<T> {
  if (!response.ok) throw new Error(`${response.url} responded with ${response.status}`);
  return response.json();
}
