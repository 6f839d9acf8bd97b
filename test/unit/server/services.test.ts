/** A call whose batch was accepted succeeds, whatever fails while it waits. An error would make the client log twice. */
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { actionInput } from '../../../protocol/schemas/action.ts';
import { CompletionWaiter } from '../../../server/completion-waiter.ts';
import { Services } from '../../../server/services.ts';
import { MemoryHub, principal } from '../../support/memory/hub.ts';

const unavailable = () => Promise.reject(new Error('the database is unavailable'));
const succeed = async () => undefined;

/** A gateway's services, where the named methods of ports and of the bus subscriber fail. */
function servicesOf(hub: MemoryHub, fails: readonly string[] = []) {
  const failing = (method: string) => (fails.includes(method) ? unavailable() : succeed());
  const deps = hub.process(failing);
  const completionWaiter = new CompletionWaiter(deps.queue, {
    subscribe: () => failing('subscribe'),
    retain: () => ({ subscribed: failing('retain'), hadGap: false, release: () => undefined }),
  });
  hub.bus.listen(({ space, message }) => {
    if (message.kind === 'completed')
      completionWaiter.onCompleted(space, message.ids, message.deadLettered ?? false);
  });
  return new Services({
    deletedUsers: { add: async () => undefined },
    ...deps,
    completionWaiter,
    log: pino({ level: 'silent' }),
  });
}

const log = (services: Services) =>
  services.log(
    principal('ada'),
    { batch: false, actions: [actionInput.parse({ actor: 'user:ada', verb: 'did' })] },
    true,
  );

describe('logging with wait', () => {
  it('returns the results', async () => {
    const hub = new MemoryHub();
    const result = log(servicesOf(hub));
    await hub.work();
    const { ids, results } = await result;
    expect(results).toMatchObject([{ id: ids[0], outcome: 'created', action: { verb: 'did' } }]);
  });

  it.each(['retain', 'pending', 'resolutions'])('returns the accepted ids if %s fails', async (method) => {
    const hub = new MemoryHub();
    const result = log(servicesOf(hub, [method]));
    await hub.work();
    const response = await result;
    expect(response).toEqual({ ids: [expect.any(String)] });
    expect(hub.stores.actions.all()).toMatchObject([{ id: response.ids[0] }]);
  });

  it.each(['subscribe', 'accept'])('fails if %s does, because nothing was accepted', async (method) => {
    const hub = new MemoryHub();
    await expect(log(servicesOf(hub, [method]))).rejects.toThrow('unavailable');
    await hub.work();
    expect(hub.stores.actions.all()).toEqual([]);
  });
});
