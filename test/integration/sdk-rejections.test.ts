/** The SDK with a real gateway: a token with a wrong signature, and gateways that shut down gracefully. */
import { SignJWT } from 'jose';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { connect } from '../../client-sdk/client/src/connect.ts';
import { createGateway } from '../../server/gateway.ts';
import { TestHub } from '../support/hub.ts';
import { tokenFor } from '../support/tokens.ts';
import { until } from '../support/until.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start();
});
afterAll(() => hub.close());

test('a token signed with another secret rejects every call at once, with the reason', async () => {
  const warn = vi.spyOn(console, 'warn').mockReturnValue();
  onTestFinished(() => warn.mockRestore());
  const wrong = await new SignJWT({})
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('ada')
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode('another secret, which is not that of the hub'));
  const page = connect(hub.url, { token: async () => wrong });
  onTestFinished(() => page.close());
  page.feed.subscribe(() => undefined);
  for (const call of [page.track({ to: 'project:p1' }), page.log({ actor: 'user:ada', verb: 'did' })]) {
    await expect(call).rejects.toMatchObject({ code: 'unauthenticated', message: 'the token is not valid' });
  }
  expect(page.connection.problem).toMatchObject({ error: { code: 'unauthenticated' } });
  await until(() => page.feed.getSnapshot().error?.code === 'unauthenticated', 'the feed has the error');
  expect(warn).toHaveBeenCalledTimes(1);
});

test('a gateway that shuts down loses no call: clients reconnect to another one, spread over time', async () => {
  const first = createGateway({ ...hub.services.config, port: 0 });
  const { url } = await first.listen();
  await until(async () => (await fetch(`${url}/readyz`)).ok, 'the gateway is ready');
  const { port } = new URL(url);
  const user = 'moved';
  const pages = await Promise.all(
    Array.from({ length: 20 }, async () => connect(url, { token: await tokenFor(user) })),
  );
  onTestFinished(() => {
    for (const page of pages) page.close();
  });
  await until(() => pages.every((page) => page.connection.getSnapshot() === 'online'), 'all are online');
  let logged = 0;
  let failed = 0;
  let isOver = false;
  const logging = pages.map(async (page, n) => {
    for (let each = 0; !isOver; each += 1) {
      await page.log({ actor: `user:${user}`, verb: 'did', targets: `thing:${n}-${each}` }).then(
        () => (logged += 1),
        () => (failed += 1),
      );
      await page.track({ to: `project:${n}` }).catch(() => (failed += 1));
    }
  });
  await until(() => logged > 40, 'calls are running');
  await first.close();
  // Like a load balancer: the same address, another gateway.
  const second = createGateway({ ...hub.services.config, port: Number(port) });
  onTestFinished(() => second.close());
  await second.listen();
  const before = logged;
  await until(
    () => pages.every((page) => page.connection.getSnapshot() === 'online'),
    'all are online again',
  );
  await until(() => logged > before + 40, 'calls continue');
  isOver = true;
  await Promise.all(logging);
  expect(failed).toBe(0);
});
