/** The nearest `lang` of a node, across shadow roots. */
export function nearestLang(node: Element): string | undefined {
  for (let up: Element | null = node; up; ) {
    const found: Element | null = up.closest('[lang]');
    if (found) return found.getAttribute('lang') ?? undefined;
    const root: Node = up.getRootNode();
    up = root instanceof ShadowRoot ? root.host : null;
  }
  return undefined;
}
