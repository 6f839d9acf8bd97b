/** How long an action is as JSON, about: without names of fields, and of what can be long only. */
import type { StoredAction, StoredRef } from './model.ts';

type Long = Pick<StoredAction, 'targets' | 'related' | 'notify' | 'data'>;

export interface Sizes {
  /** Characters of the data. */
  data: number;
  /** Characters of the refs with what is shown of them, the users to notify, and the data. */
  all: number;
}

/** Of actions, which are never changed in place: one is compared with many others, and told more than once. */
const known = new WeakMap<Long, Sizes>();

export function sizesOf(action: Long): Sizes {
  const found = known.get(action);
  if (found) return found;
  const data = JSON.stringify(action.data).length;
  let all = data;
  for (const refs of [action.targets, action.related]) for (const ref of refs) all += sizeOfRef(ref);
  for (const user of action.notify) all += user.length;
  const sizes = { data, all };
  known.set(action, sizes);
  return sizes;
}

function sizeOfRef(ref: StoredRef): number {
  const { type, id, name = '', url = '', image = '' } = ref;
  const shown = type.length + id.length + name.length + url.length + image.length;
  if (!('deleted' in ref)) return shown;
  return shown + ref.description.length + JSON.stringify(ref.serialization).length;
}
