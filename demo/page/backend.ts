/** What the demo's own server offers to the page, beside the hub. */
import type { Tracker } from '@hubbub/client';
import type { Person } from './person.ts';
import type { Issue } from './project.ts';

export interface ReplayStatus {
  running: boolean;
  rate: number;
  sent: number;
  total: number;
  error: string | null;
}

async function ask<T>(path: string, method = 'GET', body?: unknown, token?: string): Promise<T> {
  const asked = fetch(path, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const response = await asked.catch(() => {
    throw new Error('The demo’s server cannot be reached');
  });
  if (!response.ok) throw new Error(await reason(response));
  const answer: T = await response.json();
  return answer;
}

async function reason(response: Response): Promise<string> {
  const problem: unknown = await response.json().catch(() => undefined);
  const detail = typeof problem === 'object' && problem !== null && 'detail' in problem ? problem.detail : '';
  return typeof detail === 'string' && detail !== '' ? detail : `The server answered ${response.status}`;
}

export async function people(): Promise<Person[]> {
  return (await ask<{ items: Person[] }>('/demo/people')).items;
}

export async function tokenFor(user: string): Promise<string> {
  return (await ask<{ token: string }>('/demo/token', 'POST', { user })).token;
}

/** What a person follows at the moment, of the hub's own API. */
export async function trackersOf(user: string): Promise<Tracker[]> {
  const path = `/v1/users/${encodeURIComponent(user)}/trackers?limit=100`;
  return (await ask<{ items: Tracker[] }>(path, 'GET', undefined, await tokenFor(user))).items;
}

export async function issues(): Promise<Issue[]> {
  return (await ask<{ issues: Issue[] }>('/demo/board')).issues;
}

export function openIssue(title: string): Promise<Issue> {
  return ask('/demo/board', 'POST', { title });
}

export async function setOpen(ids: string[], open: boolean): Promise<Issue[]> {
  return (await ask<{ issues: Issue[] }>('/demo/board', 'PATCH', { ids, open })).issues;
}

/** Deletes the issue for good: its history stays (`keep`) or goes with it (`delete`). */
export async function deleteIssue(id: string, actions: 'keep' | 'delete', user: string): Promise<Issue[]> {
  return (await ask<{ issues: Issue[] }>('/demo/board', 'DELETE', { id, actions, user })).issues;
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
