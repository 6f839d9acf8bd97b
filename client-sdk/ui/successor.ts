/**
 * Who gets the focus of an item that is gone: the one that came after it and is still there, else the one before it;
 * `undefined` where none is left. Ids.
 */
export function successorOf(
  gone: string,
  before: ReadonlyArray<{ readonly id: string }>,
  now: ReadonlyArray<{ readonly id: string }>,
): string | undefined {
  const there = new Set(now.map(({ id }) => id));
  const at = before.findIndex(({ id }) => id === gone);
  const next = before.slice(at + 1).find(({ id }) => there.has(id));
  return (next ?? before.slice(0, Math.max(0, at)).findLast(({ id }) => there.has(id)))?.id;
}
