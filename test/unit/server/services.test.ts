/** What is accepted is answered, whatever fails while its caller waits: told to try again, it would log it twice. */
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { actionInput } from '../../../protocol/schemas/action.ts';
import { Services } from '../../../server/services.ts';
import { Waiting } from '../../../server/waiting.ts';
import { MemoryHub, principal } from '../../support/memory/hub.ts';

const away = () => Promise.reject(new Error('the database is away'));
const here = async () => undefined;

/** A gateway's services of a hub where the calls to ports that are named fail, and those that hear of the space. */
function servicesOf(hub: MemoryHub, fails: readonly string[] = []) {
  const failing = (method: string) => (fails.includes(method) ? away() : here());
  const deps = hub.process(failing);
  const waiting = new Waiting(deps.queue, {
    join: () => failing('join'),
    hold: () => ({ joined: failing('hold'), wasAway: false, release: () => undefined }),
  });
  hub.bus.listen(({ space, message }) => {
    if (message.kind === 'settled') waiting.heard(space, message.ids, message.dead ?? false);
  });
  return new Services({
    deletedUsers: { add: async () => undefined },
    ...deps,
    waiting,
    log: pino({ level: 'silent' }),
  });
}

const log = (services: Services) =>
  services.log(
    principal('ada'),
    { batch: false, actions: [actionInput.parse({ actor: 'user:ada', verb: 'did' })] },
    true,
  );

describe('logging, and waiting for what becomes of it', () => {
  it('answers what became of it', async () => {
    const hub = new MemoryHub();
    const answered = log(servicesOf(hub));
    await hub.work();
    const { ids, results } = await answered;
    expect(results).toMatchObject([{ id: ids[0], outcome: 'created', action: { verb: 'did' } }]);
  });

  it.each(['hold', 'pending', 'decisions'])('answers what was accepted where %s fails', async (method) => {
    const hub = new MemoryHub();
    const answered = log(servicesOf(hub, [method]));
    await hub.work();
    const answer = await answered;
    expect(answer).toEqual({ ids: [expect.any(String)] });
    expect(hub.stores.actions.all()).toMatchObject([{ id: answer.ids[0] }]);
  });

  it.each(['join', 'accept'])('fails where %s does, for nothing was accepted', async (method) => {
    const hub = new MemoryHub();
    await expect(log(servicesOf(hub, [method]))).rejects.toThrow('away');
    await hub.work();
    expect(hub.stores.actions.all()).toEqual([]);
  });
});
