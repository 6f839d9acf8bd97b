import type { Action } from '@hubbub/client';

const time = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });

export function Timeline({ actions, problem }: { actions: readonly Action[]; problem?: string }) {
  return (
    <aside className="timeline" aria-labelledby="timeline">
      <h2 id="timeline">What happened</h2>
      {problem && <p role="alert">{problem}</p>}
      {actions.length === 0 && <p className="hint">Close an issue, and it shows up here.</p>}
      <ol>
        {actions.slice(0, 12).map(({ id, actor, verb, targets, timestamp }) => (
          <li key={id} data-verb={verb}>
            <b>{actor?.name ?? actor?.id}</b> {verb} <a href={targets[0]?.url}>{targets[0]?.name}</a>
            <time dateTime={timestamp}>{time.format(new Date(timestamp))}</time>
          </li>
        ))}
      </ol>
    </aside>
  );
}
