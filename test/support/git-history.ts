import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Reads a repository's history with other git commands than the replay uses. Tests compare the hub's feeds with the
 * results.
 */
export class History {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  async #log(...args: string[]): Promise<string[]> {
    const { stdout } = await run('git', ['-C', this.path, 'log', ...args], { maxBuffer: 2 ** 28 });
    return stdout.split('\n').filter((line) => line !== '');
  }

  /** Hashes of all commits of HEAD. */
  all(): Promise<string[]> {
    return this.#log('--format=%H');
  }

  /** Commits by author id: the email in lower case. */
  async byAuthor(): Promise<Map<string, string[]>> {
    const authors = new Map<string, string[]>();
    for (const line of await this.#log('--format=%H %ae')) {
      const [hash = '', email = ''] = [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)];
      const id = email.trim().toLowerCase();
      authors.set(id, [...(authors.get(id) ?? []), hash]);
    }
    return authors;
  }

  /** Commits that touch a file directly in the folder; `.` is the root. Merge commits do not count. */
  inFolder(folder: string): Promise<string[]> {
    const pattern = folder === '.' ? '*' : `${folder}/*`;
    return this.#log(
      '--format=%H',
      '--full-history',
      '--no-merges',
      '--no-renames',
      '--',
      `:(glob)${pattern}`,
    );
  }

  /** The folders that most commits touch. */
  async topFolders(count: number): Promise<string[]> {
    const touched = new Map<string, number>();
    for (const path of await this.#log('--format=', '--name-only', '--no-renames')) {
      // Skips paths that git quotes.
      if (path.startsWith('"')) continue;
      const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.';
      touched.set(folder, (touched.get(folder) ?? 0) + 1);
    }
    const sorted = [...touched].sort(([, left], [, right]) => right - left);
    return sorted.slice(0, count).map(([folder]) => folder);
  }

  /** When each commit was written, in milliseconds since 1970. */
  async times(): Promise<Map<string, number>> {
    const lines = await this.#log('--format=%H %at');
    return new Map(lines.map((line) => [line.slice(0, 40), Number(line.slice(41)) * 1_000]));
  }
}

/** A repository of `commits` commits by 40 authors in 60 folders, with merges and names outside ASCII. */
export async function generateHistory(commits: number): Promise<History> {
  const path = join(await mkdtemp(join(tmpdir(), 'hubbub-history-')), 'generated');
  await run('git', ['init', '-q', '-b', 'main', path]);
  const git = spawn('git', ['-C', path, 'fast-import', '--quiet'], { stdio: ['pipe', 'inherit', 'inherit'] });
  const exited = once(git, 'exit');
  for (let index = 0; index < commits; index += 1) git.stdin.write(commitText(index));
  git.stdin.end('done\n');
  const [code] = await exited;
  if (code !== 0) throw new Error(`git fast-import ended with ${String(code)}`);
  return new History(path);
}

const START_S = 1_500_000_000;

function commitText(index: number): string {
  // Multiples of primes, modulo the sizes, so that the history has no obvious pattern.
  const author = (index * 7919) % 41;
  const email = index % 5 === 0 ? `Author${author}@Example.org` : `author${author}@example.org`;
  const folder = (index * 104_729) % 61;
  const subject = `Change ${index}: größer, schneller ✓`;
  const merge = index > 10 && index % 50 === 0;
  const files = merge
    ? ''
    : [`src/ordner-${folder}/dätei-${index % 9}.txt`, ...(index % 3 === 0 ? [`readme-${index % 4}.md`] : [])]
        .map((file) => `M 644 inline ${file}\ndata ${String(index).length}\n${index}\n`)
        .join('');
  return [
    'commit refs/heads/main',
    `mark :${index + 1}`,
    `author Author ${author} <${email}> ${START_S + index * 600} +0200`,
    `committer Committer <committer@example.org> ${START_S + index * 600 + 60} +0000`,
    `data ${Buffer.byteLength(subject)}`,
    subject,
    ...(index > 0 ? [`from :${index}`] : []),
    ...(merge ? [`merge :${index - 5}`] : []),
    files,
  ].join('\n');
}
