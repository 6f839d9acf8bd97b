import { MemoryActions } from '../../support/memory/actions.ts';
import { MemoryObjects } from '../../support/memory/objects.ts';
import { endsActions, isObjectStore } from '../../support/ports/endings.ts';

isObjectStore('objects in memory', async () => new MemoryObjects());
endsActions('actions in memory', async () => new MemoryActions());
