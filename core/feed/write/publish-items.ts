import type { StoredItem } from '../../model/entities.ts';
import { groupItems } from '../../model/item-groups.ts';
import type { CoreDeps } from '../../ports/deps.ts';
import type { SpaceContext } from '../../ports/stores.ts';

/** Publishes the current state of items with their actions. */
export async function publishItems(
  { bus }: Pick<CoreDeps, 'bus'>,
  { space, stores }: SpaceContext,
  items: readonly StoredItem[],
): Promise<void> {
  if (items.length === 0) return;
  const actions = await stores.actions.byIds([...new Set(items.map((item) => item.action))]);
  await bus.publish(space, { kind: 'items', groups: groupItems(items), actions: [...actions.values()] });
}
