/** Reads a repository's history as a stream, oldest commit first: at no time is more than a commit in memory. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import type { Commit } from './commit.ts';

/** What is wrong with the path given, in one line. */
export class GitError extends Error {}

const header = /^commit ([0-9a-f]{40,64})\n(.*)\n(.*)\n(-?\d+)\n(-?\d+)\n(.*)$/s;
/** Longer than any git allows a path to be; a commit's subject is cut later. */
const longestToken = 16 * 1_048_576;

const settings = {
  // Settings of the visitor's that would change what is printed.
  'log.showSignature': 'false',
  'log.showRoot': 'true',
  'log.mailmap': 'false',
  'i18n.logOutputEncoding': 'UTF-8',
  'core.quotePath': 'false',
};

const run = promisify(execFile);

/** The name of the repository at `path`, in this project's view: its folder's. */
export async function repositoryName(path: string): Promise<string> {
  const folder = await stat(path).catch(() => undefined);
  if (!folder?.isDirectory()) throw new GitError(`There is no folder ${path}`);
  try {
    const { stdout } = await run('git', [
      '-C',
      path,
      'rev-parse',
      '--is-bare-repository',
      '--absolute-git-dir',
    ]);
    const [bare, gitFolder = path] = stdout.trim().split('\n');
    if (bare === 'true') return basename(gitFolder).replace(/\.git$/, '');
    const top = await run('git', ['-C', path, 'rev-parse', '--show-toplevel']);
    return basename(top.stdout.trim());
  } catch (error) {
    throw new GitError(oneLineOf(error, path));
  }
}

/**
 * The history of HEAD, oldest first, so that each author's actions arrive in the order in which they happened;
 * with `limit` the newest so many. Renames count as touching both places. What a merge itself lists is what
 * `git log` lists: nothing.
 */
export async function* readCommits(path: string, limit?: number): AsyncGenerator<Commit> {
  const git = spawn('git', [
    '-C',
    path,
    ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
    'log',
    '-z',
    '--reverse',
    '--no-color',
    '--no-renames',
    '--no-notes',
    '--no-ext-diff',
    '--name-only',
    '--format=commit %H%n%ae%n%an%n%at%n%ct%n%s',
    ...(limit === undefined ? [] : [`--max-count=${limit}`]),
    'HEAD',
    '--',
  ]);
  const ended = once(git, 'close');
  let complaint = '';
  git.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(0, 2_000);
  });
  try {
    let commit: Commit | undefined;
    for await (const token of tokens(git.stdout)) {
      const next = commitOf(token);
      if (next) {
        if (commit) yield commit;
        commit = next;
      } else if (token !== '' && commit) {
        // The first path is set apart from the header by a newline of git's.
        commit.paths.push(commit.paths.length === 0 ? token.replace(/^\n/, '') : token);
      }
    }
    const [code]: unknown[] = await ended;
    if (code !== 0) throw new GitError(firstLine(complaint) || `git log ended with ${String(code)}`);
    if (commit) yield commit;
  } finally {
    git.kill();
  }
}

function commitOf(token: string): Commit | undefined {
  const [, hash, email = '', name = '', authored, committed, subject = ''] = header.exec(token) ?? [];
  if (hash === undefined) return undefined;
  return {
    hash,
    email,
    name,
    authored: Number(authored),
    committed: Number(committed),
    subject,
    paths: [],
  };
}

/** What stands between NULs. Bytes that are not UTF-8 become U+FFFD. */
async function* tokens(stream: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let pieces: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    let start = 0;
    for (let end = chunk.indexOf(0); end >= 0; end = chunk.indexOf(0, start)) {
      yield Buffer.concat([...pieces, chunk.subarray(start, end)]).toString('utf8');
      pieces = [];
      length = 0;
      start = end + 1;
    }
    const rest = chunk.subarray(start);
    length += rest.length;
    if (length > longestToken) throw new GitError('git printed something too long to be a commit or a path');
    pieces.push(rest);
  }
  if (length > 0) yield Buffer.concat(pieces).toString('utf8');
}

function oneLineOf(error: unknown, path: string): string {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
    return 'git is not installed, or not on PATH';
  }
  const said = error instanceof Error && 'stderr' in error ? firstLine(String(error.stderr)) : '';
  if (/not a git repository/.test(said)) return `${path} is not a git repository`;
  return said || `${path} cannot be read with git`;
}

function firstLine(text: string): string {
  return (text.trim().split('\n')[0] ?? '').replace(/^fatal: /, '');
}
