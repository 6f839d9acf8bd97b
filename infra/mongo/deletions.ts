/** What deletions change in stored actions: field by field, so that neither they nor a merge undoes another. */
import type { DeletedObject } from '../../core/model.ts';
import { duplicateIndexes } from './duplicates.ts';
import type { Models } from './models.ts';

/** Ids named in one write. */
const IDS = 1_000;

/** Those that stand by then; what was merged into them goes with them. */
export async function buryStanding(
  model: Models['actions'],
  ids: readonly string[],
  pos: number,
): Promise<void> {
  const left = { _id: '$_id', gone: true, goneKeys: '$keys', goneAt: new Date(), pos };
  for (let start = 0; start < ids.length; start += IDS) {
    await model.updateMany(
      { _id: { $in: ids.slice(start, start + IDS) }, keys: { $exists: true } },
      [{ $replaceWith: left }],
      { updatePipeline: true },
    );
  }
}

/** Ids about which nothing is decided; answers those about which something is by then. */
export async function buryUnknown(
  model: Models['actions'],
  ids: readonly string[],
  pos: number,
): Promise<string[]> {
  if (ids.length === 0) return [];
  try {
    await model.insertMany(
      ids.map((_id) => ({ _id, gone: true as const, goneKeys: [], goneAt: new Date(), pos })),
      { lean: true, ordered: false },
    );
    return [];
  } catch (error) {
    return duplicateIndexes(error).flatMap((index) => ids[index] ?? []);
  }
}

export async function showDeleted(
  model: Models['actions'],
  ids: readonly string[],
  { ref: { type, id }, description, serialization }: DeletedObject,
  pos: number,
): Promise<void> {
  const left = { deleted: true, description, serialization: JSON.stringify(serialization) };
  const at = (path: string) =>
    Object.fromEntries(Object.entries(left).map(([name, value]) => [`${path}.${name}`, value]));
  const arrayFilters = [{ 'each.type': type, 'each.id': id }];
  const isThere = { $elemMatch: { type, id } };
  for (let start = 0; start < ids.length; start += IDS) {
    const _id = { $in: ids.slice(start, start + IDS) };
    await model.updateMany({ _id, 'actor.type': type, 'actor.id': id }, { $set: at('actor'), $max: { pos } });
    await model.updateMany(
      { _id, $or: [{ targets: isThere }, { related: isThere }] },
      { $set: { ...at('targets.$[each]'), ...at('related.$[each]') }, $max: { pos } },
      { arrayFilters },
    );
  }
}

export async function forgetUsers(
  model: Models['actions'],
  ids: readonly string[],
  users: readonly string[],
): Promise<void> {
  const notify = { $in: [...users] };
  for (let start = 0; start < ids.length; start += IDS) {
    const _id = { $in: ids.slice(start, start + IDS) };
    await model.updateMany({ _id, notify }, { $pull: { notify } });
  }
}
