/** A hub with everything that both access matrices need: somebody who is there, somebody who is gone, and all that is stored. */
import { TestHub } from '../hub.ts';
import type { Subject } from './access.ts';
import { Contents } from './contents.ts';
import { World } from './world.ts';

export interface Stage {
  hub: TestHub;
  world: World;
  contents: Contents;
  present: Subject;
  gone: Subject;
  /** What is stored before the first test. */
  held: string[];
  close(): Promise<void>;
}

/** Rates are out of the way. */
export async function openStage(settings: Record<string, string> = {}): Promise<Stage> {
  const hub = await TestHub.start({
    settings: { HUBBUB_RATE_LIMIT: 'log=1000000/s, call=1000000/s', ...settings },
  });
  const world = await World.of(hub);
  const contents = await Contents.of(hub.services);
  const [present, gone] = [await world.present(), await world.gone()];
  await (await hub.api(present.user)).get(`/v1/users/${present.user}/feed`);
  await contents.knowDeletedUsers();
  const close = async (): Promise<void> => {
    await world.close();
    await contents.close();
    await hub.close();
  };
  return { hub, world, contents, present, gone, held: await contents.settled(), close };
}
