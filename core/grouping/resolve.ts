import type { LogResult } from '../../protocol/entities.ts';
import type { Decision, StoredAction } from '../model.ts';
import type { ActionStore } from '../ports/stores.ts';

/** What became of an accepted action. */
export interface Resolved {
  outcome: LogResult['outcome'];
  /** The action it is, or is part of; `null` where that is gone. */
  action: StoredAction | null;
}

/** By the id asked for; those that are not decided yet, or never were accepted, are missing. */
export async function resolveActions(
  store: ActionStore,
  ids: readonly string[],
): Promise<Map<string, Resolved>> {
  const decisions = await decisionsAbout(store, ids);
  const resolved = new Map<string, Resolved>();
  for (const id of ids) {
    const decision = decisions.get(id);
    if (!decision) continue;
    const end = endOf(decision, decisions);
    resolved.set(id, {
      outcome: decision.kind === 'merged' ? decision.merged.outcome : 'created',
      action: end?.kind === 'action' ? end.action : null,
    });
  }
  return resolved;
}

/** What was decided about these and about what they are part of: what was combined may have been grouped. */
export async function decisionsAbout(
  store: ActionStore,
  ids: readonly string[],
): Promise<Map<string, Decision>> {
  const known = new Map<string, Decision>();
  const asked = new Set<string>();
  for (let next = [...new Set(ids)]; next.length > 0; ) {
    for (const id of next) asked.add(id);
    const found = await store.decisions(next);
    for (const [id, decision] of found) known.set(id, decision);
    const into = [...found.values()].flatMap((each) => (each.kind === 'merged' ? [each.merged.into] : []));
    next = [...new Set(into)].filter((id) => !asked.has(id));
  }
  return known;
}

function endOf(decision: Decision, decisions: ReadonlyMap<string, Decision>): Decision | undefined {
  const met = new Set<Decision>();
  let end: Decision | undefined = decision;
  while (end?.kind === 'merged' && !met.has(end)) {
    met.add(end);
    end = decisions.get(end.merged.into);
  }
  return end;
}
