/** The approximate size of an action as JSON: only the parts that can be long, without field names. */
import type { DisplayedContent, StoredAction, StoredRef } from './entities.ts';

type SizedFields = Pick<StoredAction, 'targets' | 'related' | 'notify' | 'data' | keyof DisplayedContent>;

export interface Sizes {
  /** Characters of the data. */
  data: number;
  /** Characters of the refs with their display fields, the users to notify, the data and the displayed content. */
  total: number;
}

/** Actions are never mutated, so their sizes can be cached. One action is compared with many others. */
const cache = new WeakMap<SizedFields, Sizes>();

export function sizesOf(action: SizedFields): Sizes {
  const cached = cache.get(action);
  if (cached) return cached;
  const data = JSON.stringify(action.data).length;
  let total = data;
  for (const refs of [action.targets, action.related]) for (const ref of refs) total += sizeOfRef(ref);
  for (const user of action.notify) total += user.length;
  total += (action.body?.length ?? 0) + (action.url?.length ?? 0);
  for (const { id, label, url = '' } of action.buttons ?? []) total += id.length + label.length + url.length;
  const sizes = { data, total };
  cache.set(action, sizes);
  return sizes;
}

function sizeOfRef(ref: StoredRef): number {
  const { type, id, name = '', url = '', image = '' } = ref;
  const chars = type.length + id.length + name.length + url.length + image.length;
  if (!('deleted' in ref)) return chars;
  return chars + ref.description.length + JSON.stringify(ref.serialization).length;
}
