/** A program with the installed packages' types, compiled like each kind of project. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, inject, test } from 'vitest';
import { run } from '../support/command.ts';

const { project } = inject('packages');

const program = `
import { connect, type FeedSnapshot, type Hub, HubError } from '@hubbub/client';
import { HubbubInbox } from '@hubbub/inbox';
import { type Labels, english } from '@hubbub/inbox/engine';
import { createHubServer, HubError as NodeError } from '@hubbub/node';
import { HubProvider, useCounts, useFeed } from '@hubbub/react';
import '@hubbub/react/inbox.css';

export const hub: Hub = connect('https://hub.example.com', { token: async () => 'a token' });
export const stop: () => void = hub.feed.subscribe(() => {
  const { items, counts }: FeedSnapshot = hub.feed.getSnapshot();
  const texts: string[] = items.map((item) => item.action.text);
  console.log(texts, counts.unread);
});

export const element: HTMLElement = new HubbubInbox();
export const found: HubbubInbox | null = document.querySelector('hubbub-inbox');
if (found) found.hub = hub;
export const labels: Labels = { ...english, title: 'News' };

export function Unread(): number {
  useFeed();
  return useCounts().unread;
}
export const provider = HubProvider;

export const token: Promise<string> = createHubServer({ url: 'https://hub.example.com', secret: 's' }).tokenFor('ada');
hub.log({ actor: 'user:ada', verb: 'closed' }).catch((error: unknown) => {
  if (error instanceof HubError) console.log(error.code, error.retryable, error.fields);
});
// The packages have the same shapes.
export const asClient = (error: NodeError): HubError => error;
`;

/** Code that must not compile. */
const wrong = `
import { connect } from '@hubbub/client';
connect('https://hub.example.com', { token: 7 });
`;

/** An Express application with exact optional properties: its types pass `undefined` explicitly. */
const pages = `
import { createHubServer, type PageOptions, type PageRequest, trackPages } from '@hubbub/node';
import express, { type Request } from 'express';

const hub = createHubServer({ url: 'https://hub.example.com', secret: 's' });
const app = express();
app.use(
  trackPages(hub, {
    user: async (request) => request.get('x-user'),
    related: (request) => (request.params['id'] ? { type: 'issue', id: String(request.params['id']) } : null),
    ignore: (request) => request.path === '/token',
  }),
);
export const options: PageOptions<Request> = { user: ({ ip }) => ip };
export const requestOf = (request: Request): PageRequest => request;
`;

const kinds = {
  'ESM in Node': { file: 'program.mts', module: 'node16', moduleResolution: 'node16' },
  'CommonJS in Node': { file: 'program.cts', module: 'node16', moduleResolution: 'node16' },
  'ESM in Node, the newest rules': { file: 'program.mts', module: 'nodenext', moduleResolution: 'nodenext' },
  'CommonJS in Node, the newest rules': {
    file: 'program.cts',
    module: 'nodenext',
    moduleResolution: 'nodenext',
  },
  'a bundler': { file: 'program.ts', module: 'esnext', moduleResolution: 'bundler' },
};

const folder = join(project, 'types');
beforeAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  for (const extension of ['mts', 'cts', 'ts']) {
    await writeFile(join(folder, `program.${extension}`), program);
    await writeFile(join(folder, `wrong.${extension}`), wrong);
  }
  await writeFile(join(folder, 'pages.mts'), pages);
});

async function compile(
  files: string[],
  options: { module: string; moduleResolution: string; exactOptionalPropertyTypes?: boolean },
) {
  const config = join(folder, `tsconfig.${files[0]}.${options.module}.json`);
  const compilerOptions = {
    ...options,
    target: 'es2022',
    lib: ['es2022', 'dom', 'dom.iterable'],
    types: ['node'],
    strict: true,
    skipLibCheck: false,
    noEmit: true,
  };
  await writeFile(config, JSON.stringify({ compilerOptions, files }));
  return run(join(process.cwd(), 'node_modules/.bin/tsc'), ['-p', config], { cwd: folder });
}

test.each(Object.entries(kinds))(
  'for %s a correct program compiles in strict mode, and a wrong one does not',
  async (_kind, { file, ...options }) => {
    const { code, output } = await compile([file, file.replace('program', 'wrong')], options);
    expect(output.match(/error TS\d+/g), output).toEqual(['error TS2322']);
    expect(output).toMatch(/^wrong\.\w+\(3,\d+\)/);
    expect(code).not.toBe(0);
  },
);

test('the Express middleware works with exact optional properties', async () => {
  const { code, output } = await compile(['pages.mts'], {
    module: 'nodenext',
    moduleResolution: 'nodenext',
    exactOptionalPropertyTypes: true,
  });
  expect(output).toBe('');
  expect(code).toBe(0);
});
