import type { Action, Ref } from '@hubbub/client';
import { useHub } from '@hubbub/react';
import { useState } from 'react';
import { closedBy, issues, project } from './project.ts';
import type { Person } from './session.ts';

interface BoardProps {
  actions: readonly Action[];
  isReady: boolean;
  user: Person;
}

export function Board({ actions, isReady, user }: BoardProps) {
  const hub = useHub();
  const [problem, setProblem] = useState('');
  const closed = closedBy(actions);

  async function act(verb: string, issue: Ref): Promise<void> {
    try {
      // The board updates when the hub pushes the action, here and in all other browsers.
      await hub?.log({ actor: { type: 'user', ...user }, verb, targets: issue, related: project });
      setProblem('');
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  }

  const column = (title: string, columnIssues: Ref[], verb: string, label: string) => (
    <section className="column" aria-label={title} aria-busy={!isReady}>
      <h2>
        {title} <span className="number">{columnIssues.length}</span>
      </h2>
      {columnIssues.map((issue) => (
        <article key={issue.id} id={`issue-${issue.id}`} className="card">
          <h3>{issue.name}</h3>
          <p>
            <span>#{issue.id}</span>
            {closed.has(issue.id) && <span>closed by {closed.get(issue.id)?.actor?.name}</span>}
            <button type="button" onClick={() => act(verb, issue)} aria-label={`${label}: ${issue.name}`}>
              {label}
            </button>
          </p>
        </article>
      ))}
    </section>
  );

  return (
    <div className="board">
      {problem && <p role="alert">{problem}</p>}
      {column(
        'Open',
        issues.filter(({ id }) => !closed.has(id)),
        'closed',
        'Close',
      )}
      {column(
        'Done',
        issues.filter(({ id }) => closed.has(id)),
        'reopened',
        'Reopen',
      )}
    </div>
  );
}
