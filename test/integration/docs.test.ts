/** The examples of docs/concepts.md work. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Program } from '../support/doc-program.ts';
import { HubProcesses } from '../support/processes.ts';
import { SECRET } from '../support/services.ts';

const page = 'docs/concepts.md';

interface Example {
  /** The heading of the example, and its number there. */
  name: string;
  program: string;
  promised: string;
}

/** The configuration, the common start of all examples, and each example with its output. */
async function read(): Promise<{ configuration: string; prelude: string; examples: Example[] }> {
  const text = await readFile(page, 'utf8');
  const blocks = [...text.matchAll(/^(?:## ([^\n]*)|```(\w+)\n(.*?)^```)$/gms)];
  let [heading, count] = ['', 0];
  const examples: Example[] = [];
  const fenced = { ts: [] as string[], js: [] as string[] };
  for (const [, title, language, block = ''] of blocks) {
    if (title !== undefined) [heading, count] = [title, 0];
    else if (language === 'ts') fenced.ts.push(block);
    else if (language === 'js' && heading === '') fenced.js.push(block);
    else if (language === 'js') {
      count += 1;
      examples.push({ name: `${heading} ${count}`, program: block, promised: '' });
    } else {
      const last = examples.at(-1);
      if (language !== 'text' || !last || last.promised !== '') throw new Error(`${heading}: ${language}`);
      last.promised = block;
    }
  }
  const [configuration = ''] = fenced.ts;
  const [prelude = ''] = fenced.js;
  return { configuration, prelude, examples };
}

const { configuration, prelude, examples } = await read();

let folder: string;
let hub: HubProcesses;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hubbub-docs-'));
  const path = join(folder, 'hubbub.config.ts');
  await writeFile(path, configuration);
  hub = await HubProcesses.start({ gateways: 1, workers: 1, settings: { HUBBUB_CONFIG: path } });
});
afterAll(async () => {
  await hub.close();
  await rm(folder, { recursive: true });
});

test('the page explains with examples', () => {
  expect(examples.length).toBeGreaterThan(15);
});

/** Runs all in one process, one after another, each with the common start. */
const together = [
  prelude,
  ...examples.map(
    ({ program }, index) =>
      `console.log('example ${index}');\nawait (async () => {\n${program}})().catch(console.log);`,
  ),
].join('\n');

let printed: string[] = [];
test('the examples run to their end', async () => {
  const running = await Program.start(together, { HUB_URL: hub.urls[0] ?? '', HUBBUB_JWT_SECRET: SECRET });
  try {
    expect(await running.exitCode()).toBe(0);
    printed = running.output.split(/^example \d+\n/m).slice(1);
  } finally {
    await running.stop();
  }
}, 180_000);

test.each(examples.map((example, index) => ({ ...example, index })))(
  '$name prints the output of the page',
  ({ promised, index }) => {
    expect(promised).not.toBe('');
    // Without trailing spaces, which editors remove.
    expect(printed[index]?.replaceAll(/ +$/gm, '')).toBe(promised);
  },
);
