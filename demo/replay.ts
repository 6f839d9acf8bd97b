/**
 * `npm run replay`: fills a running hub with real activity, the history of a git repository or GitHub's
 * payloads, over its public API. Batches go out one after another, so that every author's order is kept.
 */
import type { ActionInput } from '../protocol/entities.ts';
import { Api, ApiError } from './api.ts';
import { batchSize, inBatches, Pace } from './batches.ts';
import { serviceAccount } from './cast.ts';
import { commitToAction } from './git/commit.ts';
import { GitError, readCommits, repositoryName } from './git/log.ts';
import { githubActions } from './github.ts';
import { OptionError, type ReplayOptions, readOptions, usage } from './options.ts';
import { passes } from './passes.ts';
import { Progress } from './progress.ts';
import { NoSecret, readSecret } from './secret.ts';
import { tokenSource } from './token.ts';

interface Source {
  actions: AsyncIterable<ActionInput> | Iterable<ActionInput>;
  /** How many there will be, where that is known. */
  total?: number;
  what: string;
}

async function sourceOf({ git, limit }: ReplayOptions): Promise<Source> {
  if (git === undefined) {
    const actions = githubActions();
    const total = limit ?? actions.length;
    return { actions: passes(actions, Date.now().toString(36), total), total, what: 'actions of GitHub' };
  }
  const name = await repositoryName(git);
  return { actions: commits(git, name, limit), what: `commits of ${name}` };
}

async function* commits(git: string, repository: string, limit?: number): AsyncGenerator<ActionInput> {
  for await (const commit of readCommits(git, limit)) yield commitToAction(commit, repository);
}

function tokenFor({ space }: ReplayOptions, env: NodeJS.ProcessEnv): () => Promise<string> {
  const given = env.HUBBUB_TOKEN;
  if (given) return async () => given;
  const signer = {
    jwtSecret: readSecret(env),
    jwtIssuer: env.HUBBUB_JWT_ISSUER || null,
    jwtAudience: env.HUBBUB_JWT_AUDIENCE || null,
  };
  return tokenSource(signer, { user: serviceAccount, scope: 'service', ...(space ? { space } : {}) });
}

/** A hub that is not there is told at once; one that goes away meanwhile is waited for. */
async function checkHub(url: string): Promise<void> {
  const answer = await fetch(new URL('/healthz', url)).catch(() => undefined);
  await answer?.text();
  if (answer === undefined) throw new ApiError(`No hub answers at ${url}: npm start starts one`, 0);
  if (!answer.ok)
    throw new ApiError(`What answers at ${url} is no hub, or not well (${answer.status})`, answer.status);
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options.help) {
    console.log(usage);
    return;
  }
  const source = await sourceOf(options);
  const api = new Api({ url: options.url, token: tokenFor(options, process.env) });
  await checkHub(options.url);
  const progress = new Progress(source.total);
  const pace = new Pace(options.rate);
  for await (const batch of inBatches(source.actions, batchSize(options.rate))) {
    await pace.wait(batch.length);
    await api.log(batch);
    progress.add(batch.length);
  }
  console.log(progress.summary(source.what));
}

/** Whoever gave the hub a secret of its own has to give it here, too. */
function hintAt(error: Error, env: NodeJS.ProcessEnv): string {
  if (!(error instanceof ApiError && error.status === 401) || env.HUBBUB_TOKEN) return '';
  const secret = env.HUBBUB_JWT_SECRET ? 'HUBBUB_JWT_SECRET' : 'the secret that npm start keeps';
  return `. It was signed with ${secret}: set HUBBUB_JWT_SECRET to the hub's own`;
}

main().catch((error: unknown) => {
  const known = [ApiError, GitError, NoSecret, OptionError].some((kind) => error instanceof kind);
  console.error(known && error instanceof Error ? `${error.message}${hintAt(error, process.env)}` : error);
  process.exitCode = 1;
});
