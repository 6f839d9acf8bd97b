/** What this application's own backend (server.mjs) says. */
export interface Person {
  id: string;
  name: string;
}

export interface Session {
  /** Where the hub is. */
  url: string;
  people: Person[];
}

export async function readSession(): Promise<Session> {
  return answerOf<Session>(await fetch('/session'));
}

/** A fresh token for the hub. */
export async function tokenOf(user: string): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch('/token', { method: 'POST', headers, body: JSON.stringify({ user }) });
  return (await answerOf<{ token: string }>(answer)).token;
}

async function answerOf<T>(answer: Response): Promise<T> {
  if (!answer.ok) throw new Error(`${answer.url} answered ${answer.status}`);
  return answer.json();
}
