/** The API of the demo's own server, in addition to the hub. */
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

async function request<T>(path: string, method = 'GET', body?: unknown, token?: string): Promise<T> {
  const pending = fetch(path, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const response = await pending.catch(() => {
    throw new Error('The demo’s server cannot be reached');
  });
  if (!response.ok) throw new Error(await errorMessage(response));
  const result: T = await response.json();
  return result;
}

async function errorMessage(response: Response): Promise<string> {
  const problem: unknown = await response.json().catch(() => undefined);
  const detail = typeof problem === 'object' && problem !== null && 'detail' in problem ? problem.detail : '';
  return typeof detail === 'string' && detail !== ''
    ? detail
    : `The server responded with ${response.status}`;
}

export async function fetchPeople(): Promise<Person[]> {
  return (await request<{ items: Person[] }>('/demo/people')).items;
}

export async function tokenFor(user: string): Promise<string> {
  return (await request<{ token: string }>('/demo/token', 'POST', { user })).token;
}

/** Fetches a person's current trackers from the hub's own API. */
export async function fetchTrackers(user: string): Promise<Tracker[]> {
  const path = `/v1/users/${encodeURIComponent(user)}/trackers?limit=100`;
  return (await request<{ items: Tracker[] }>(path, 'GET', undefined, await tokenFor(user))).items;
}

export async function fetchIssues(): Promise<Issue[]> {
  return (await request<{ issues: Issue[] }>('/demo/board')).issues;
}

export function openIssue(title: string): Promise<Issue> {
  return request('/demo/board', 'POST', { title });
}

export async function setOpen(ids: string[], open: boolean): Promise<Issue[]> {
  return (await request<{ issues: Issue[] }>('/demo/board', 'PATCH', { ids, open })).issues;
}

/** Deletes the issue permanently. Its history stays (`keep`) or is deleted with it (`delete`). */
export async function deleteIssue(id: string, actions: 'keep' | 'delete', user: string): Promise<Issue[]> {
  return (await request<{ issues: Issue[] }>('/demo/board', 'DELETE', { id, actions, user })).issues;
}

export function replayStatus(): Promise<ReplayStatus> {
  return request('/demo/replay');
}

export function startReplay(rate: number): Promise<ReplayStatus> {
  return request('/demo/replay', 'POST', { rate });
}

export function stopReplay(): Promise<ReplayStatus> {
  return request('/demo/replay', 'DELETE');
}
