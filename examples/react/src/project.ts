import type { Action, Ref } from '@hubbub/client';

export const project: Ref = { type: 'project', id: 'relaunch', name: 'Relaunch' };

/** The hub shows names and follows addresses; what an issue is stays the application's. */
export const issues: Ref[] = [
  'Let people sign in with a passkey',
  'Say sorry on the error page',
  'Load the map only where it is seen',
  'Print invoices on one page',
  'Find words with umlauts',
  'Remember the sorting of tables',
].map((name, index) => ({ type: 'issue', id: String(index + 1), name, url: `#issue-${index + 1}` }));

export const verbs = ['closed', 'reopened'];

/** Which issues are closed, by what was done last. `actions`: newest first. */
export function closedBy(actions: readonly Action[]): Map<string, Action> {
  const closed = new Map<string, Action>();
  const decided = new Set<string>();
  for (const action of actions) {
    for (const { id } of action.targets) {
      if (decided.has(id)) continue;
      decided.add(id);
      if (action.verb === 'closed') closed.set(id, action);
    }
  }
  return closed;
}
