/** Changes that deletions make to stored actions. They update single fields, so a concurrent merge or deletion is not undone. */
import type { DeletedObject } from '../../core/model/entities.ts';
import { duplicateIndexes } from './duplicate-keys.ts';
import type { Models } from './models.ts';

/** Ids per command. */
const IDS_PER_WRITE = 1_000;

/** Deletes the actions that are live at that moment, including what was merged into them. */
export async function deleteLive(
  model: Models['actions'],
  ids: readonly string[],
  position: number,
): Promise<void> {
  const tombstone = { _id: '$_id', gone: true, goneKeys: '$keys', goneAt: new Date(), pos: position };
  for (let start = 0; start < ids.length; start += IDS_PER_WRITE) {
    await model.updateMany(
      { _id: { $in: ids.slice(start, start + IDS_PER_WRITE) }, keys: { $exists: true } },
      [{ $replaceWith: tombstone }],
      { updatePipeline: true },
    );
  }
}

/** Marks ids without a resolution as gone. Returns the ids that have one by now. */
export async function deleteUnresolved(
  model: Models['actions'],
  ids: readonly string[],
  position: number,
): Promise<string[]> {
  if (ids.length === 0) return [];
  try {
    await model.insertMany(
      ids.map((_id) => ({ _id, gone: true as const, goneKeys: [], goneAt: new Date(), pos: position })),
      { lean: true, ordered: false },
    );
    return [];
  } catch (error) {
    return duplicateIndexes(error).flatMap((index) => ids[index] ?? []);
  }
}

export async function writeTombstone(
  model: Models['actions'],
  ids: readonly string[],
  { ref: { type, id }, description, serialization }: DeletedObject,
  position: number,
): Promise<void> {
  const deletedFields = { deleted: true, description, serialization: JSON.stringify(serialization) };
  const fieldsAt = (path: string) =>
    Object.fromEntries(Object.entries(deletedFields).map(([name, value]) => [`${path}.${name}`, value]));
  const arrayFilters = [{ 'each.type': type, 'each.id': id }];
  const hasRef = { $elemMatch: { type, id } };
  for (let start = 0; start < ids.length; start += IDS_PER_WRITE) {
    const _id = { $in: ids.slice(start, start + IDS_PER_WRITE) };
    await model.updateMany(
      { _id, 'actor.type': type, 'actor.id': id },
      { $set: fieldsAt('actor'), $max: { pos: position } },
    );
    await model.updateMany(
      { _id, $or: [{ targets: hasRef }, { related: hasRef }] },
      { $set: { ...fieldsAt('targets.$[each]'), ...fieldsAt('related.$[each]') }, $max: { pos: position } },
      { arrayFilters },
    );
  }
}

export async function removeFromNotify(
  model: Models['actions'],
  ids: readonly string[],
  users: readonly string[],
): Promise<void> {
  const notify = { $in: [...users] };
  for (let start = 0; start < ids.length; start += IDS_PER_WRITE) {
    const _id = { $in: ids.slice(start, start + IDS_PER_WRITE) };
    await model.updateMany({ _id, notify }, { $pull: { notify } });
  }
}
