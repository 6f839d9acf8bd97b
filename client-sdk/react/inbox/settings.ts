import { type RefObject, useEffect, useMemo, useState } from 'react';
import { english, type Labels } from '../../ui/labels.ts';
import { knownLocale } from '../../ui/locale.ts';
import { defaultParts } from './default-parts.ts';
import type { InboxParts, PartProps } from './parts.ts';

/** What is the same for all parts of an inbox. */
export interface Settings extends PartProps {
  parts: InboxParts;
}

/** The same object until one of them changes: `labels` and `components` may be written in place. */
export function useSettings(
  root: RefObject<HTMLElement | null>,
  given: { labels?: Partial<Labels>; locale?: string; components?: Partial<InboxParts> },
): Settings {
  const labels = useMerged(english, given.labels);
  const parts = useMerged(defaultParts, given.components);
  const [nearest, setNearest] = useState<string>();
  useEffect(() => {
    setNearest(root.current?.closest<HTMLElement>('[lang]')?.lang);
  }, [root]);
  const locale = knownLocale(given.locale) ?? knownLocale(nearest);
  return useMemo(() => ({ labels, parts, locale }), [labels, parts, locale]);
}

/** Both together; what is `undefined` replaces nothing. */
function useMerged<T extends object>(defaults: T, given: Partial<T> | undefined): T {
  const [merged, setMerged] = useState(() => mergedOf(defaults, given));
  const now = mergedOf(defaults, given);
  const keys = Object.keys(defaults) as Array<keyof T>;
  if (keys.every((key) => now[key] === merged[key])) return merged;
  setMerged(now);
  return now;
}

function mergedOf<T extends object>(defaults: T, given: Partial<T> = {}): T {
  const replaced = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(replaced) };
}
