import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDemoGateway } from '../../demo/demo-gateway.ts';
import { createWorker } from '../../workers/worker.ts';
import { installPackages } from '../support/packages.ts';
import { isolatedServices, type TestServices } from '../support/services.ts';

type Running = { close(): Promise<void> };

let services: TestServices;
let url: string;
const running: Running[] = [];
beforeAll(async () => {
  services = await isolatedServices();
  const gateway = await createDemoGateway(services.config, {});
  const worker = createWorker(services.config);
  running.push(gateway, worker);
  ({ url } = await gateway.listen());
  await worker.start();
  await gateway.ready();
});
afterAll(async () => {
  for (const each of running) await each.close();
  await services.remove();
});

test("the README's program prints the README's output", async () => {
  const readme = await readFile('README.md', 'utf8');
  const program = /```js\n(.*?)```/s.exec(readme)?.[1] ?? '';
  const promised = /It prints\s+`([^`]*)`/.exec(readme)?.[1]?.replaceAll(/\s+/g, ' ') ?? '';
  expect(program).toContain('http://localhost:3000');
  expect(promised).not.toBe('');
  // In a folder with the package installed, and with another port.
  const folder = await mkdtemp(join(tmpdir(), 'hubbub-readme-'));
  await installPackages(folder, ['@hubbub/client']);
  await writeFile(join(folder, 'hello.mjs'), program.replaceAll('http://localhost:3000', url));
  const child = spawn(process.execPath, ['hello.mjs'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    let printed = '';
    for await (const text of child.stdout.setEncoding('utf8')) {
      printed += String(text);
      if (printed.includes(promised)) break;
    }
    expect(printed).toContain(promised);
  } finally {
    const exited = once(child, 'exit');
    if (child.kill()) await exited;
    await rm(folder, { recursive: true });
  }
});
