import type { Labels } from './labels.ts';
import { labelsOf } from './pack.ts';
import { pack } from './packs/en.ts';

export const english: Labels = labelsOf('en', pack);

/** Merges the overrides with the labels of a language. `undefined` overrides nothing. */
export function labelsWith(overrides: Partial<Labels> | null | undefined, labels: Labels = english): Labels {
  const defined = Object.entries(overrides ?? {}).filter(([, label]) => label !== undefined);
  return { ...labels, ...Object.fromEntries(defined) };
}
