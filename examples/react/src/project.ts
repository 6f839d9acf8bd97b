import type { Action, Ref } from '@hubbub/client';

export const project: Ref = { type: 'project', id: 'relaunch', name: 'Relaunch' };

/** The hub only uses an issue's name and URL. Everything else about it belongs to the application. */
export const issues: Ref[] = [
  'Let people sign in with a passkey',
  'Say sorry on the error page',
  'Load the map only where it is seen',
  'Print invoices on one page',
  'Find words with umlauts',
  'Remember the sorting of tables',
].map((name, index) => ({ type: 'issue', id: String(index + 1), name, url: `#issue-${index + 1}` }));

export const verbs = ['closed', 'reopened'];

/** The closed issues with their last action. `actions`: newest first. */
export function closedBy(actions: readonly Action[]): Map<string, Action> {
  const closed = new Map<string, Action>();
  const seenIssues = new Set<string>();
  for (const action of actions) {
    for (const { id } of action.targets) {
      if (seenIssues.has(id)) continue;
      seenIssues.add(id);
      if (action.verb === 'closed') closed.set(id, action);
    }
  }
  return closed;
}
