/** A hub for both access matrices, with existing and deleted subjects, and a snapshot of everything stored. */
import { TestHub } from '../hub.ts';
import type { Subject } from './access.ts';
import { StoredContents } from './stored-contents.ts';
import { SubjectFactory } from './subject-factory.ts';

export interface MatrixFixture {
  hub: TestHub;
  world: SubjectFactory;
  contents: StoredContents;
  present: Subject;
  deleted: Subject;
  /** The stored contents before the first test. */
  initialContents: string[];
  close(): Promise<void>;
}

/** Rate limits are high enough not to interfere. */
export async function openMatrixFixture(settings: Record<string, string> = {}): Promise<MatrixFixture> {
  const hub = await TestHub.start({
    settings: { HUBBUB_RATE_LIMIT: 'log=1000000/s, call=1000000/s', ...settings },
  });
  const world = await SubjectFactory.of(hub);
  const contents = await StoredContents.of(hub.services);
  const [present, deleted] = [await world.present(), await world.deleted()];
  await (await hub.api(present.user)).get(`/v1/users/${present.user}/feed`);
  await contents.knowDeletedUsers();
  const close = async (): Promise<void> => {
    await world.close();
    await contents.close();
    await hub.close();
  };
  return { hub, world, contents, present, deleted, initialContents: await contents.whenIdle(), close };
}
