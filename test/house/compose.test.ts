/** Properties of the deployment files that the hub's guarantees need. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

interface Service {
  image: string;
  build?: string;
  command?: string[];
  environment?: Record<string, string | null>;
  depends_on?: Record<string, { condition: string }>;
  healthcheck: { test?: string[]; disable?: boolean };
  volumes?: string[];
  stop_grace_period?: string;
  ports?: string[];
}

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const compose = parse(read('docker-compose.yml'), { merge: true }) as {
  services: Record<'gateway' | 'worker' | 'mongodb' | 'redis', Service>;
  volumes: Record<string, unknown>;
};
const { gateway, worker, mongodb, redis } = compose.services;
const dockerfile = read('Dockerfile');

test('gateway and worker are separate services of one image', () => {
  expect(gateway.image).toBe(worker.image);
  expect([gateway.build, worker.build]).toEqual(['.', '.']);
  expect(gateway.command).toBeUndefined();
  expect(dockerfile).toContain('CMD ["node", "dist/server/main.js"]');
  expect(worker.command).toEqual(['node', 'dist/workers/main.js']);
});

test.each(Object.entries({ gateway, worker }))('the %s waits for healthy databases', (_name, service) => {
  expect(service.depends_on).toEqual({
    mongodb: { condition: 'service_healthy' },
    redis: { condition: 'service_healthy' },
  });
});

test.each(Object.entries({ gateway, worker }))('the %s does not start without a secret', (_name, service) => {
  expect(service.environment?.HUBBUB_JWT_SECRET).toMatch(/^\$\{HUBBUB_JWT_SECRET:\?.+\}$/);
});

test.each(Object.entries({ gateway, worker }))('the %s gets time to finish its work', (_name, service) => {
  expect(service.stop_grace_period).toBe('30s');
});

test('the gateway is healthy when it is ready', () => {
  expect(gateway.healthcheck.test?.join(' ')).toContain('/readyz');
  expect(dockerfile).toMatch(/HEALTHCHECK[\s\S]*\/readyz/);
});

test('Redis keeps accepted actions: append-only file, no eviction, a named volume', () => {
  expect(redis.image).toBe('redis:7');
  expect(redis.command?.join(' ')).toContain('--appendonly yes');
  expect(redis.command?.join(' ')).toContain('--maxmemory-policy noeviction');
  expect(redis.volumes).toEqual(['redis-data:/data']);
  expect(redis.healthcheck.test?.join(' ')).toContain('redis-cli ping');
});

test('MongoDB is a standalone server with a named volume and a health check', () => {
  expect(mongodb.image).toBe('mongo:7');
  expect(mongodb.command).toBeUndefined();
  expect(mongodb.volumes).toContain('mongodb-data:/data/db');
  expect(mongodb.healthcheck.test?.join(' ')).toContain("adminCommand('ping')");
});

test('every volume in use is declared, and only the gateway is reachable from outside', () => {
  const used = [mongodb, redis].flatMap(({ volumes = [] }) => volumes.map((volume) => volume.split(':')[0]));
  expect(Object.keys(compose.volumes).sort()).toEqual(used.sort());
  expect([worker, mongodb, redis].map(({ ports }) => ports)).toEqual([undefined, undefined, undefined]);
  expect(gateway.ports).toHaveLength(1);
});

test('the image runs as an ordinary user, without development packages', () => {
  const final = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
  expect(final).toContain('USER node');
  expect(final).toContain('COPY --from=packages');
  expect(dockerfile).toMatch(/AS packages\n[\s\S]*npm ci --omit=dev/);
});
