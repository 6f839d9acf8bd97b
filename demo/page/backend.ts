/** What the demo's own server offers to the page, beside the hub. */
import type { TrackInput } from '@hubbub/client';

export interface Person {
  id: string;
  name: string;
  image: string;
  about: string;
  follows: TrackInput[];
}

export interface ReplayStatus {
  running: boolean;
  rate: number;
  sent: number;
  total: number;
  error: string | null;
}

async function ask<T>(path: string, method = 'GET', body?: unknown): Promise<T> {
  const response = await fetch(path, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  if (!response.ok) throw new Error(`The demo's server answered ${response.status}`);
  const answer: T = await response.json();
  return answer;
}

export async function people(): Promise<Person[]> {
  return (await ask<{ items: Person[] }>('/demo/people')).items;
}

export async function tokenFor(user: string): Promise<string> {
  return (await ask<{ token: string }>('/demo/token', 'POST', { user })).token;
}

export function replayStatus(): Promise<ReplayStatus> {
  return ask('/demo/replay');
}

export function startReplay(rate: number): Promise<ReplayStatus> {
  return ask('/demo/replay', 'POST', { rate });
}

export function stopReplay(): Promise<ReplayStatus> {
  return ask('/demo/replay', 'DELETE');
}
