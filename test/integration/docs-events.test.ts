/** The examples of docs/events.md work. */

import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Event, Page } from '../../protocol/entities.ts';
import { eventNames } from '../../protocol/events.ts';
import { blocksOf, Program } from '../support/doc-program.ts';
import { TestHub } from '../support/hub.ts';
import { SECRET } from '../support/services.ts';
import { until } from '../support/until.ts';

const page = 'docs/events.md';

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start({ workers: 0 });
});
afterAll(() => hub.close());

async function run(text: string): Promise<Program> {
  const program = await Program.start(text, { HUB_URL: hub.url, HUBBUB_JWT_SECRET: SECRET });
  onTestFinished(() => program.stop());
  return program;
}

test('the program that creates and reads events prints the output of the page', async () => {
  const [program = ''] = await blocksOf(page, 'js');
  const [promised] = await blocksOf(page, 'text');
  const running = await run(program);
  expect(await running.exitCode()).toBe(0);
  expect(running.output).toBe(promised);
});

test('the application that tracks its pages creates the events of the page', async () => {
  const [, program = ''] = await blocksOf(page, 'js');
  const running = await run(program);
  const url = await until(() => /^http:\S+/.exec(running.output)?.[0], 'the address');
  const rows = [
    ...(await readFile(page, 'utf8')).matchAll(/^\| `(\/\S+)` answers (\d+) \| `(\w+)` \| `(.*)` \|$/gm),
  ];
  expect(rows).toHaveLength(4);
  const service = await hub.service();
  for (const [index, [, path, status, name, note]] of rows.entries()) {
    const headers = { 'x-user': `visitor-${index}` };
    const response = await fetch(url + path, { headers, redirect: 'manual' });
    expect(response.status).toBe(Number(status));
    const events = async () =>
      (await service.get<Page<Event>>(`/v1/events?user=visitor-${index}`)).body.items;
    const [event] = await until(
      async () => ((await events()).length > 0 ? events() : null),
      `an event of ${path}`,
    );
    expect(event).toMatchObject({ name, note });
    expect(event?.related).toEqual(path?.startsWith('/lessons/') ? { type: 'study', id: 'sleep' } : null);
  }
});

test('the page names every preset name', async () => {
  const text = await readFile(page, 'utf8');
  for (const name of Object.values(eventNames)) expect(text).toContain(`\`${name}\``);
});
