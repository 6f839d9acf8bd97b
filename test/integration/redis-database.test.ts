/** An unknown Redis database: the Redis client itself would continue with database 0. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isolatedServices, type TestServices } from '../support/services.ts';

let services: TestServices;
beforeAll(async () => {
  services = await isolatedServices();
});
afterAll(() => services.remove());

test.each(['server', 'workers'])('an unknown database ends %s with the setting’s name', async (part) => {
  const url = new URL(services.config.redisUrl);
  url.pathname = '/99999';
  const main = fileURLToPath(new URL(`../../${part}/main.ts`, import.meta.url));
  const env = { ...process.env, ...services.env, REDIS_URL: url.href, PORT: '0', LOG_LEVEL: 'silent' };
  const child = spawn(process.execPath, ['--import', 'tsx', main], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  expect(said).toBe('REDIS_URL names database 99999, but this Redis has no such database\n');
  expect(code).toBe(1);
});
