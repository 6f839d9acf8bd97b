import type { LogResult } from '../../protocol/entities.ts';
import type { Resolution, StoredAction } from '../model/entities.ts';
import type { ActionStore } from '../ports/actions.ts';

/** The outcome of an accepted action. */
export interface ResolvedAction {
  outcome: LogResult['outcome'];
  /** The action that contains it; `null` if that was deleted. */
  action: StoredAction | null;
}

/** Resolves accepted ids to stored actions. Omits ids that are not resolved yet or were never accepted. */
export async function resolveActions(
  store: ActionStore,
  ids: readonly string[],
): Promise<Map<string, ResolvedAction>> {
  const resolutions = await resolutionsOf(store, ids);
  const resolved = new Map<string, ResolvedAction>();
  for (const id of ids) {
    const resolution = resolutions.get(id);
    if (!resolution) continue;
    const final = finalResolution(resolution, resolutions);
    resolved.set(id, {
      outcome: resolution.kind === 'merged' ? resolution.merged.outcome : 'created',
      action: final?.kind === 'action' ? final.action : null,
    });
  }
  return resolved;
}

/** Returns the resolutions of these ids, and of the actions that they were merged into, in turn. */
export async function resolutionsOf(
  store: ActionStore,
  ids: readonly string[],
): Promise<Map<string, Resolution>> {
  const resolutions = new Map<string, Resolution>();
  const requested = new Set<string>();
  for (let next = [...new Set(ids)]; next.length > 0; ) {
    for (const id of next) requested.add(id);
    const found = await store.resolutions(next);
    for (const [id, resolution] of found) resolutions.set(id, resolution);
    const targets = [...found.values()].flatMap((each) => (each.kind === 'merged' ? [each.merged.into] : []));
    next = [...new Set(targets)].filter((id) => !requested.has(id));
  }
  return resolutions;
}

function finalResolution(
  resolution: Resolution,
  resolutions: ReadonlyMap<string, Resolution>,
): Resolution | undefined {
  const visited = new Set<Resolution>();
  let final: Resolution | undefined = resolution;
  while (final?.kind === 'merged' && !visited.has(final)) {
    visited.add(final);
    final = resolutions.get(final.merged.into);
  }
  return final;
}
