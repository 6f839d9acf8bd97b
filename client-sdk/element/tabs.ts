import { type Tab, tabs } from './view.ts';

/** Which tab a key leads to, around the ends; `undefined`: none. */
export function tabAfter({ key }: KeyboardEvent, from: Tab, rightToLeft: boolean): Tab | undefined {
  const at = tabs.indexOf(from);
  const step = { ArrowRight: rightToLeft ? -1 : 1, ArrowLeft: rightToLeft ? 1 : -1 }[key];
  if (step !== undefined) return tabs.at((at + step) % tabs.length);
  if (key === 'Home') return tabs[0];
  return key === 'End' ? tabs.at(-1) : undefined;
}
