/**
 * Returns the id of the item that receives the focus of a removed item: the next remaining one after it, otherwise the
 * one before it; `undefined` if none is left.
 */
export function findSuccessor(
  removedId: string,
  previous: ReadonlyArray<{ readonly id: string }>,
  current: ReadonlyArray<{ readonly id: string }>,
): string | undefined {
  const currentIds = new Set(current.map(({ id }) => id));
  const at = previous.findIndex(({ id }) => id === removedId);
  const next = previous.slice(at + 1).find(({ id }) => currentIds.has(id));
  return (next ?? previous.slice(0, Math.max(0, at)).findLast(({ id }) => currentIds.has(id)))?.id;
}
