/**
 * `npm run replay`: logs real activity to a running hub over its public API, either the history of a git repository or
 * GitHub's payloads. Batches are sent one after another, which keeps the order of each author's actions.
 */
import type { ActionInput } from '../protocol/entities.ts';
import { Api, ApiError } from './api.ts';
import { batchSize, inBatches, RateLimiter } from './batches.ts';
import { commitToAction } from './git/commit.ts';
import { GitError, readCommits, repositoryName } from './git/log.ts';
import { githubActions } from './github.ts';
import { OptionError, type ReplayOptions, readOptions, usage } from './options.ts';
import { Progress } from './progress.ts';
import { repeatActions } from './repeat-actions.ts';
import { MissingSecretError, readSecret } from './secret.ts';
import { tokenSource } from './token.ts';
import { serviceAccount } from './users.ts';

interface ReplaySource {
  actions: AsyncIterable<ActionInput> | Iterable<ActionInput>;
  /** The number of actions, if it is known. */
  total?: number;
  label: string;
}

async function openSource({ git, limit }: ReplayOptions): Promise<ReplaySource> {
  if (git === undefined) {
    const actions = githubActions();
    const total = limit ?? actions.length;
    return {
      actions: repeatActions(actions, Date.now().toString(36), total),
      total,
      label: 'actions of GitHub',
    };
  }
  const name = await repositoryName(git);
  return { actions: commits(git, name, limit), label: `commits of ${name}` };
}

async function* commits(git: string, repository: string, limit?: number): AsyncGenerator<ActionInput> {
  for await (const commit of readCommits(git, limit)) yield commitToAction(commit, repository);
}

function tokenFor({ space }: ReplayOptions, env: NodeJS.ProcessEnv): () => Promise<string> {
  const token = env.HUBBUB_TOKEN;
  if (token) return async () => token;
  const signer = {
    jwtSecret: readSecret(env),
    jwtIssuer: env.HUBBUB_JWT_ISSUER || null,
    jwtAudience: env.HUBBUB_JWT_AUDIENCE || null,
  };
  return tokenSource(signer, { user: serviceAccount, scope: 'service', ...(space ? { space } : {}) });
}

/** Fails at once if the hub is unreachable. If it becomes unreachable later, calls are retried. */
async function checkHub(url: string): Promise<void> {
  const response = await fetch(new URL('/healthz', url)).catch(() => undefined);
  await response?.text();
  if (response === undefined) throw new ApiError(`no hub at ${url}: start one with npm start`, 0);
  if (!response.ok)
    throw new ApiError(`the server at ${url} is not a healthy hub (${response.status})`, response.status);
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options.help) {
    console.log(usage);
    return;
  }
  const source = await openSource(options);
  const api = new Api({ url: options.url, token: tokenFor(options, process.env) });
  await checkHub(options.url);
  const progress = new Progress(source.total);
  const rateLimiter = new RateLimiter(options.rate);
  for await (const batch of inBatches(source.actions, batchSize(options.rate))) {
    await rateLimiter.wait(batch.length);
    await api.log(batch);
    progress.add(batch.length);
  }
  console.log(progress.summary(source.label));
}

/** Explains a rejected token: the hub may have a different secret. */
function authHint(error: Error, env: NodeJS.ProcessEnv): string {
  if (!(error instanceof ApiError && error.status === 401) || env.HUBBUB_TOKEN) return '';
  const secret = env.HUBBUB_JWT_SECRET ? 'HUBBUB_JWT_SECRET' : 'the secret that npm start keeps';
  return `. It was signed with ${secret}: set HUBBUB_JWT_SECRET to the hub's own`;
}

main().catch((error: unknown) => {
  const isExpected = [ApiError, GitError, MissingSecretError, OptionError].some(
    (kind) => error instanceof kind,
  );
  console.error(
    isExpected && error instanceof Error ? `${error.message}${authHint(error, process.env)}` : error,
  );
  process.exitCode = 1;
});
