import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Commit, commitToAction, folderRef } from '../../../demo/git/commit.ts';
import { GitError, readCommits, repositoryName } from '../../../demo/git/log.ts';

let folder: string;
let repository: string;

function git(...args: string[]): void {
  execFileSync('git', args, {
    cwd: repository,
    stdio: 'pipe',
    env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' },
  });
}

function write(path: string, text = path): void {
  const full = join(repository, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
}

function commit(message: string, author = 'Ada <ada@example.com>', date = '2020-01-02T03:04:05+02:00'): void {
  git('add', '--all');
  git(
    'commit',
    '--quiet',
    '--allow-empty',
    '--no-gpg-sign',
    `--author=${author}`,
    `--date=${date}`,
    '-m',
    message,
  );
}

async function read(limit?: number): Promise<Commit[]> {
  const commits: Commit[] = [];
  for await (const each of readCommits(repository, limit)) commits.push(each);
  return commits;
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hubbub-git-'));
  repository = join(folder, 'träume & co');
  mkdirSync(repository);
  git('init', '--quiet', '--initial-branch=main');
  git('config', 'user.name', 'Committer');
  git('config', 'user.email', 'committer@example.com');
  write('readme');
  write('src/a.ts');
  write('src/b.ts');
  write('docs/Größe/ein blick.md');
  commit('first: everything\n\nand a body');
  commit('empty');
  git('mv', 'src/a.ts', 'lib.ts');
  commit('move', 'Émile <EMILE@example.com>');
  git('checkout', '--quiet', '-b', 'side');
  write('side/file');
  commit('aside', 'Nobody <>');
  git('checkout', '--quiet', 'main');
  write('odd\nname/"file"\t');
  commit('odd');
  git('merge', '--quiet', '--no-ff', '--no-gpg-sign', 'side', '-m', 'merge side');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a history', () => {
  it('comes oldest first, with every path touched', async () => {
    const commits = await read();
    expect(commits.map(({ subject, paths }) => [subject, paths])).toEqual([
      ['first: everything', ['docs/Größe/ein blick.md', 'readme', 'src/a.ts', 'src/b.ts']],
      ['empty', []],
      ['move', ['lib.ts', 'src/a.ts']],
      ['aside', ['side/file']],
      ['odd', ['odd\nname/"file"\t']],
      ['merge side', []],
    ]);
  });

  it('is truncated at its old end', async () => {
    expect((await read(2)).map(({ subject }) => subject)).toEqual(['odd', 'merge side']);
  });

  it('has the name of its folder', async () => {
    expect(await repositoryName(join(repository, 'docs'))).toBe('träume & co');
  });

  it('is refused with one line if there is none', async () => {
    await expect(repositoryName(join(folder, 'nowhere'))).rejects.toThrow(/^There is no folder .*nowhere$/);
    await expect(repositoryName(folder)).rejects.toThrow(/ is not a git repository$/);
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    execFileSync('git', ['init', '--quiet', empty]);
    const commits = readCommits(empty);
    await expect(commits.next()).rejects.toBeInstanceOf(GitError);
  });
});

describe('a commit', () => {
  const plain: Commit = {
    hash: 'c0ffee',
    email: 'Ada@Example.com',
    name: 'Ada Lovelace',
    authored: 1_577_934_245,
    committed: 1_577_934_300,
    subject: 'Fix it',
    paths: ['readme', 'src/a.ts', 'src/b.ts', 'src/deep/er/c.ts'],
  };

  it('becomes an action of its author on the touched folders, related to the repository', () => {
    expect(commitToAction(plain, 'engine')).toEqual({
      actor: { type: 'user', id: 'ada@example.com', name: 'Ada Lovelace' },
      verb: 'committed',
      targets: [
        { type: 'folder', id: 'engine/.', name: 'engine' },
        { type: 'folder', id: 'engine/src', name: 'src' },
        { type: 'folder', id: 'engine/src/deep/er', name: 'src/deep/er' },
      ],
      related: { type: 'repository', id: 'engine', name: 'engine' },
      timestamp: '2020-01-02T03:04:05.000Z',
      groupingDelay: -1,
      key: 'c0ffee',
      data: { subject: 'Fix it', commit: 'c0ffee' },
    });
  });

  it('has at most 500 folders', () => {
    const paths = Array.from({ length: 700 }, (_, index) => `folder-${index}/file`);
    expect(commitToAction({ ...plain, paths }, 'engine').targets).toHaveLength(500);
  });

  it('without an email belongs to its name; without either, to “unknown”', () => {
    const actor = (changes: Partial<Commit>) => commitToAction({ ...plain, ...changes }, 'engine').actor;
    expect(actor({ email: '' })).toMatchObject({ id: 'Ada Lovelace' });
    expect(actor({ email: '', name: '' })).toEqual({ type: 'user', id: 'unknown' });
  });

  it('with an author date in the future takes the committer’s date; if both are, none', () => {
    const ahead = Date.now() / 1_000 + 86_400;
    const dated = (changes: Partial<Commit>) => commitToAction({ ...plain, ...changes }, 'engine').timestamp;
    expect(dated({ authored: ahead })).toBe('2020-01-02T03:05:00.000Z');
    expect(dated({ authored: ahead, committed: ahead })).toBeUndefined();
  });

  it('keeps ids within their limits, and distinct', () => {
    const long = (end: string) => folderRef('engine', `${'x'.repeat(300)}${end}`).id;
    expect(long('a').length).toBeLessThanOrEqual(255);
    expect(long('a')).not.toBe(long('b'));
    const odd = folderRef('engine', 'odd\nname').id;
    expect(odd).not.toMatch(/\p{Cc}/u);
    expect(odd).not.toBe(folderRef('engine', 'odd\tname').id);
  });
});
