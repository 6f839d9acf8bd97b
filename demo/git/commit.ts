/** Converts a commit of a git repository to an action. Pure: the same commit always gives the same action. */
import { createHash } from 'node:crypto';
import type { ActionInput, Ref } from '../../protocol/entities.ts';
import { limits } from '../../protocol/limits.ts';
import { oneLine, refOf } from '../display.ts';

export interface Commit {
  hash: string;
  email: string;
  name: string;
  /** The author date, in seconds since 1970. */
  authored: number;
  /** The committer date, in seconds since 1970. */
  committed: number;
  subject: string;
  /** The changed paths; both paths of a rename. A merge itself has none. */
  paths: string[];
}

const maxIdLength = 255;
const maxSubjectLength = 1_000;
/** Clocks may be wrong: dates too far in the future, which the hub would reject, are ignored. */
const maxAheadMs = limits.timestampAhead / 2;

/**
 * The author is the actor, the changed folders are the targets, and the repository is related. `key` is the commit's
 * hash, so that a second replay stores nothing twice. Grouping is off, so that every commit stays one action.
 */
export function commitToAction(commit: Commit, repository: string, now = Date.now()): ActionInput {
  const timestamp = timestampOf(commit, now);
  return {
    actor: authorRef(commit),
    verb: 'committed',
    targets: foldersOf(commit.paths).map((folder) => folderRef(repository, folder)),
    related: refOf('repository', limitId(repository), { name: repository }),
    ...(timestamp === undefined ? {} : { timestamp }),
    groupingDelay: -1,
    key: commit.hash,
    data: { subject: oneLine(commit.subject, maxSubjectLength), commit: commit.hash },
  };
}

/** The author’s id is the email in lower case, otherwise the name. */
export function authorRef({ email, name }: Pick<Commit, 'email' | 'name'>): Ref {
  const id = limitId(oneLine(email, maxIdLength).toLowerCase() || oneLine(name) || 'unknown');
  return refOf('user', id, { name: name || email });
}

/** The unique directories of the paths, `.` for the root; at most as many as an action may have targets. */
export function foldersOf(paths: string[]): string[] {
  const folders = new Set<string>();
  for (const path of paths) {
    folders.add(path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.');
    if (folders.size === limits.refs) break;
  }
  return [...folders];
}

export function folderRef(repository: string, folder: string): Ref {
  return refOf('folder', limitId(`${repository}/${folder}`), {
    name: folder === '.' ? repository : folder,
  });
}

/** An id within the protocol's limits. A shortened id ends in a hash, so that it stays unique. */
function limitId(id: string): string {
  const clean = id.replace(/\p{Cc}/gu, '\uFFFD').toWellFormed();
  if (clean === id && id.length <= maxIdLength) return id;
  const hash = createHash('sha256').update(id).digest('hex').slice(0, 16);
  return `${oneLine(clean, maxIdLength - 17)}~${hash}`;
}

/** ISO 8601; `undefined` if both dates are in the future. The hub then uses the time of arrival. */
function timestampOf({ authored, committed }: Commit, now: number): string | undefined {
  const time = [authored, committed].find(
    (seconds) => Number.isFinite(seconds) && seconds * 1_000 <= now + maxAheadMs && seconds >= 0,
  );
  return time === undefined ? undefined : new Date(time * 1_000).toISOString();
}
