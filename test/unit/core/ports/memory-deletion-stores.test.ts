import { MemoryActions } from '../../../support/memory/actions.ts';
import { MemoryObjects } from '../../../support/memory/objects.ts';
import { describeActionDeletion, describeObjectStore } from '../../../support/ports/deletion-stores.ts';

describeObjectStore('objects in memory', async () => new MemoryObjects());
describeActionDeletion('actions in memory', async () => new MemoryActions());
