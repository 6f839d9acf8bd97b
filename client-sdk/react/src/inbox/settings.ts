import { type Labels, labelsFor, loadLabels, subscribeToLabels, validLocale } from '@hubbub/inbox/engine';
import { type RefObject, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { defaultParts } from './default-parts.ts';
import type { InboxParts, PartProps } from './parts.ts';

/** The settings that all parts of an inbox share. */
export interface Settings extends PartProps {
  parts: InboxParts;
}

/** Returns a stable object until a setting changes, so `labels` and `components` can be inline objects. */
export function useSettings(
  root: RefObject<HTMLElement | null>,
  overrides: { labels?: Partial<Labels>; locale?: string; components?: Partial<InboxParts> },
): Settings {
  const parts = useMergedDefaults(defaultParts, overrides.components);
  const [nearest, setNearest] = useState<string>();
  useEffect(() => {
    setNearest(root.current?.closest<HTMLElement>('[lang]')?.lang);
  }, [root]);
  const locale = validLocale(overrides.locale) ?? validLocale(nearest);
  const labels = useMergedDefaults(useLabels(locale), overrides.labels);
  return useMemo(() => ({ labels, parts, locale }), [labels, parts, locale]);
}

/** The labels of the language; English until they are loaded. */
function useLabels(locale: string | undefined): Labels {
  useEffect(() => void loadLabels(locale), [locale]);
  const getLabels = () => labelsFor(locale);
  return useSyncExternalStore(subscribeToLabels, getLabels, getLabels);
}

/** Merges both. `undefined` overrides nothing. Returns the same object until a value changes. */
function useMergedDefaults<T extends object>(defaults: T, overrides: Partial<T> | undefined): T {
  const [merged, setMerged] = useState(() => mergeDefined(defaults, overrides));
  const next = mergeDefined(defaults, overrides);
  const keys = Object.keys(defaults) as Array<keyof T>;
  if (keys.every((key) => next[key] === merged[key])) return merged;
  setMerged(next);
  return next;
}

function mergeDefined<T extends object>(defaults: T, overrides: Partial<T> = {}): T {
  const replaced = Object.entries(overrides).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(replaced) };
}
