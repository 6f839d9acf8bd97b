import { type Tab, tabs } from './view.ts';

/** The tab that a key selects, wrapping around; `undefined`: none. */
export function tabAfter({ key }: KeyboardEvent, from: Tab, rightToLeft: boolean): Tab | undefined {
  const index = tabs.indexOf(from);
  const step = { ArrowRight: rightToLeft ? -1 : 1, ArrowLeft: rightToLeft ? 1 : -1 }[key];
  if (step !== undefined) return tabs.at((index + step) % tabs.length);
  if (key === 'Home') return tabs[0];
  return key === 'End' ? tabs.at(-1) : undefined;
}
