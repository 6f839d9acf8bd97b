/** The answers to requests for a review. The hub asks the handler when a user presses a button. */
import type { HubServer } from '@hubbub/node';
import type { Handler } from '../core/settings.ts';
import type { Button } from '../protocol/entities.ts';
import type { Board } from './board.ts';
import { project, verbs } from './page/project.ts';
import { team, userRef } from './users.ts';

export const reviewButtons: readonly Button[] = [
  { id: 'approve', label: 'Approve', style: 'primary' },
  { id: 'request-changes', label: 'Ask for changes', style: 'danger' },
  { id: 'guide', label: 'How reviews work', url: 'https://google.github.io/eng-practices/review/' },
];

const answers = new Map([
  ['approve', verbs.approved],
  ['request-changes', verbs.requestedChanges],
]);

export interface ReviewOptions {
  board: Pick<Board, 'issues'>;
  hub: () => Pick<HubServer, 'log'>;
}

/** Logs the answer as an action of the user. Refuses it if the issue is closed or gone. */
export function reviewHandler({ board, hub }: ReviewOptions): Handler {
  return {
    verb: verbs.requestedReview,
    async press(button, { action: { targets }, user }) {
      const verb = answers.get(button);
      const person = team.find(({ id }) => id === user);
      const [target] = targets;
      if (!verb || !person || !target) throw new Error('Only the team reviews issues.');
      const issue = board.issues().find(({ id }) => id === target.id);
      if (!issue) throw new Error('This issue was deleted.');
      if (!issue.open) throw new Error(`“${issue.title}” is closed.`);
      const { type, id, name } = target;
      await hub().log({
        actor: userRef(person),
        verb,
        targets: { type, id, name },
        related: project,
        groupingDelay: -1,
      });
    },
  };
}
