/** What a connection must not keep in memory. */
import type { IncomingMessage } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { Peers } from '../../server/sockets/peers.ts';
import { TestHub } from '../support/hub.ts';
import { until } from '../support/until.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start({ workers: 0 });
});
afterAll(() => hub.close());

test('a connection does not keep its first request, whose headers may be large', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const requests: WeakRef<IncomingMessage>[] = [];
  const { add } = Peers.prototype;
  Peers.prototype.add = function (this: Peers, connection) {
    requests.push(new WeakRef(connection.request));
    add.call(this, connection);
  };
  onTestFinished(() => {
    Peers.prototype.add = add;
  });
  const sockets = [await hub.socket('ada'), await hub.socket('ben')];
  expect(requests).toHaveLength(2);
  await until(() => {
    collectGarbage();
    return requests.every((request) => request.deref() === undefined);
  }, 'the requests are collected');
  expect(sockets.every(({ raw }) => raw.connected)).toBe(true);
});
