/** Reads a repository's history as a stream, oldest commit first. Keeps only one commit in memory. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import type { Commit } from './commit.ts';

/** A problem with the repository's path, in one line. */
export class GitError extends Error {}

const header = /^commit ([0-9a-f]{40,64})\n(.*)\n(.*)\n(-?\d+)\n(-?\d+)\n(.*)$/s;
/** Longer than any path that git allows. A commit's subject is truncated later. */
const maxTokenLength = 16 * 1_048_576;

const gitConfig = {
  // Overrides user settings that would change the output.
  'log.showSignature': 'false',
  'log.showRoot': 'true',
  'log.mailmap': 'false',
  'i18n.logOutputEncoding': 'UTF-8',
  'core.quotePath': 'false',
};

const run = promisify(execFile);

/** The name of the repository at `path`: the name of its folder. */
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
    throw new GitError(describeGitError(error, path));
  }
}

/**
 * Yields the commits of HEAD, oldest first, so that each author's actions arrive in chronological order. With `limit`:
 * only the newest ones. A rename has both paths. A merge has no paths, as in `git log`.
 */
export async function* readCommits(path: string, limit?: number): AsyncGenerator<Commit> {
  const git = spawn('git', [
    '-C',
    path,
    ...Object.entries(gitConfig).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
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
  const closed = once(git, 'close');
  let errorOutput = '';
  git.stderr.setEncoding('utf8').on('data', (text: string) => {
    errorOutput = (errorOutput + text).slice(0, 2_000);
  });
  try {
    let commit: Commit | undefined;
    for await (const token of tokens(git.stdout)) {
      const nextCommit = parseCommit(token);
      if (nextCommit) {
        if (commit) yield commit;
        commit = nextCommit;
      } else if (token !== '' && commit) {
        // git puts a newline between the header and the first path.
        commit.paths.push(commit.paths.length === 0 ? token.replace(/^\n/, '') : token);
      }
    }
    const [code]: unknown[] = await closed;
    if (code !== 0) throw new GitError(firstLine(errorOutput) || `git log ended with ${String(code)}`);
    if (commit) yield commit;
  } finally {
    git.kill();
  }
}

function parseCommit(token: string): Commit | undefined {
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

/** Splits the stream at NUL bytes. Bytes that are not UTF-8 become U+FFFD. */
async function* tokens(stream: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    let start = 0;
    for (let end = chunk.indexOf(0); end >= 0; end = chunk.indexOf(0, start)) {
      yield Buffer.concat([...chunks, chunk.subarray(start, end)]).toString('utf8');
      chunks = [];
      length = 0;
      start = end + 1;
    }
    const remainder = chunk.subarray(start);
    length += remainder.length;
    if (length > maxTokenLength)
      throw new GitError('git printed something too long to be a commit or a path');
    chunks.push(remainder);
  }
  if (length > 0) yield Buffer.concat(chunks).toString('utf8');
}

function describeGitError(error: unknown, path: string): string {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
    return 'git is not installed, or not on PATH';
  }
  const message = error instanceof Error && 'stderr' in error ? firstLine(String(error.stderr)) : '';
  if (/not a git repository/.test(message)) return `${path} is not a git repository`;
  return message || `${path} cannot be read with git`;
}

function firstLine(text: string): string {
  return (text.trim().split('\n')[0] ?? '').replace(/^fatal: /, '');
}
