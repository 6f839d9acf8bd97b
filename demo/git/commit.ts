/** One commit of a git repository as an action. Pure: the same commit gives the same action every time. */
import { createHash } from 'node:crypto';
import type { ActionInput, Ref } from '../../protocol/entities.ts';
import { limits } from '../../protocol/limits.ts';
import { oneLine, refOf } from '../display.ts';

export interface Commit {
  hash: string;
  email: string;
  name: string;
  /** Seconds since 1970: when it was written. */
  authored: number;
  /** Seconds since 1970: when it came into this history. */
  committed: number;
  subject: string;
  /** Paths touched; of a rename both. A merge by itself touches nothing. */
  paths: string[];
}

const longestId = 255;
const longestSubject = 1_000;
/** Clocks go wrong: a date further ahead than the hub accepts is none. */
const mostAhead = limits.ahead / 2;

/**
 * The author committed to the folders touched, in relation to the repository. `key` is the commit's hash, so
 * that a second replay stores nothing twice; no grouping, so that every commit stays one action.
 */
export function commitToAction(commit: Commit, repository: string, now = Date.now()): ActionInput {
  const timestamp = timestampOf(commit, now);
  return {
    actor: authorRef(commit),
    verb: 'committed',
    targets: foldersOf(commit.paths).map((folder) => folderRef(repository, folder)),
    related: refOf('repository', bounded(repository), { name: repository }),
    ...(timestamp === undefined ? {} : { timestamp }),
    groupingDelay: -1,
    key: commit.hash,
    data: { subject: oneLine(commit.subject, longestSubject), commit: commit.hash },
  };
}

/** The author’s id is the email in lower case (one person, whatever the capitals), else the name. */
export function authorRef({ email, name }: Pick<Commit, 'email' | 'name'>): Ref {
  const id = bounded(oneLine(email, longestId).toLowerCase() || oneLine(name) || 'unknown');
  return refOf('user', id, { name: name || email });
}

/** The directories of the paths, each once, `.` for the root; at most as many as an action may have targets. */
export function foldersOf(paths: string[]): string[] {
  const folders = new Set<string>();
  for (const path of paths) {
    folders.add(path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.');
    if (folders.size === limits.refs) break;
  }
  return [...folders];
}

export function folderRef(repository: string, folder: string): Ref {
  return refOf('folder', bounded(`${repository}/${folder}`), {
    name: folder === '.' ? repository : folder,
  });
}

/** An id within the protocol's bounds; one that had to be changed ends in a hash, so that no two become one. */
function bounded(id: string): string {
  const clean = id.replace(/\p{Cc}/gu, '\uFFFD').toWellFormed();
  if (clean === id && id.length <= longestId) return id;
  const hash = createHash('sha256').update(id).digest('hex').slice(0, 16);
  return `${oneLine(clean, longestId - 17)}~${hash}`;
}

/** ISO 8601; nothing where both dates lie in the future: then the time of arrival stands. */
function timestampOf({ authored, committed }: Commit, now: number): string | undefined {
  const time = [authored, committed].find(
    (seconds) => Number.isFinite(seconds) && seconds * 1_000 <= now + mostAhead && seconds >= 0,
  );
  return time === undefined ? undefined : new Date(time * 1_000).toISOString();
}
