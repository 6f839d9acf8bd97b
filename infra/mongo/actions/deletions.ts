/** Changes that deletions make to stored actions. They update single fields, so a concurrent merge or deletion is not undone. */
import type { Position } from '../../../core/model/units.ts';
import type { ActionStore } from '../../../core/ports/actions.ts';
import { batchesOf } from '../../batches.ts';
import { duplicateIndexes } from '../duplicate-keys.ts';
import type { Actions } from './document.ts';

/** Ids per command. */
const IDS_PER_WRITE = 1_000;

/** Deletes the actions that are live at that moment, including what was merged into them. */
export async function deleteLive(
  actions: Actions,
  ids: readonly string[],
  position: Position,
): Promise<void> {
  const deletionRecord = { _id: '$_id', gone: true, goneKeys: '$keys', goneAt: new Date(), pos: position };
  for (const batch of batchesOf(ids, IDS_PER_WRITE)) {
    const live = { _id: { $in: batch }, keys: { $exists: true } };
    await actions.updateMany(live, [{ $replaceWith: deletionRecord }], { updatePipeline: true });
  }
}

/** Marks ids without a resolution as gone. Returns the ids that have one by now. */
export async function deleteUnresolved(
  actions: Actions,
  ids: readonly string[],
  position: Position,
): Promise<string[]> {
  if (ids.length === 0) return [];
  const deletionRecord = { gone: true as const, goneKeys: [], goneAt: new Date(), pos: position };
  const docs = ids.map((_id) => ({ _id, ...deletionRecord }));
  try {
    await actions.insertMany(docs, { lean: true, ordered: false });
    return [];
  } catch (error) {
    return duplicateIndexes(error).flatMap((index) => ids[index] ?? []);
  }
}

export const actionEdits = (actions: Actions): Pick<ActionStore, 'writeTombstone' | 'removeFromNotify'> => ({
  async writeTombstone(ids, { ref: { type, id }, description, serialization }, position) {
    const deletedFields = { deleted: true, description, serialization: JSON.stringify(serialization) };
    const fieldsAt = (path: string) =>
      Object.fromEntries(Object.entries(deletedFields).map(([name, value]) => [`${path}.${name}`, value]));
    const inLists = { ...fieldsAt('targets.$[each]'), ...fieldsAt('related.$[each]') };
    const arrayFilters = [{ 'each.type': type, 'each.id': id }];
    const hasRef = { $elemMatch: { type, id } };
    for (const batch of batchesOf(ids, IDS_PER_WRITE)) {
      const _id = { $in: batch };
      await actions.updateMany(
        { _id, 'actor.type': type, 'actor.id': id },
        { $set: fieldsAt('actor'), $max: { pos: position } },
      );
      await actions.updateMany(
        { _id, $or: [{ targets: hasRef }, { related: hasRef }] },
        { $set: inLists, $max: { pos: position } },
        { arrayFilters },
      );
    }
  },

  async removeFromNotify(ids, users) {
    const notify = { $in: [...users] };
    for (const batch of batchesOf(ids, IDS_PER_WRITE)) {
      await actions.updateMany({ _id: { $in: batch }, notify }, { $pull: { notify } });
    }
  },
});
