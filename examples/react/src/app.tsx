import { HubProvider, Inbox, useConnection, useHub, useWatch } from '@hubbub/react';
import { useEffect, useState } from 'react';
import { Board } from './board.tsx';
import { project, verbs } from './project.ts';
import { type Person, type Session, tokenOf } from './session.ts';
import { Timeline } from './timeline.tsx';

/** In place of a sign-in: `?as=ben`. */
const requestedUser = new URLSearchParams(location.search).get('as');

export function App({ url, people }: Session) {
  const [user, setUser] = useState(people.find(({ id }) => id === requestedUser) ?? people[0]);
  if (!user) return <p>There are no users.</p>;
  const switchUser = (id: string): void => {
    history.replaceState(null, '', `?as=${id}${location.hash}`);
    setUser(people.find((person) => person.id === id));
  };
  return (
    // The `key` creates a new provider for another user. A new token function alone does not reconnect.
    <HubProvider key={user.id} url={url} token={() => tokenOf(user.id)}>
      <header className="bar">
        <h1>{project.name}</h1>
        <Connection />
        <label>
          Signed in as
          <select value={user.id} onChange={(event) => switchUser(event.target.value)}>
            {people.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <Inbox />
      </header>
      <Project user={user} />
    </HubProvider>
  );
}

function Project({ user }: { user: Person }) {
  const hub = useHub();
  // The project's actions, live. The board and the timeline both use them.
  const { items, status, error } = useWatch({ object: project, verbs, limit: 100 });

  // Every user follows the project, so that its actions arrive in the inbox.
  const [trackError, setTrackError] = useState('');
  useEffect(() => {
    let isCurrent = true;
    hub?.track({ to: project, actorOnly: false }).then(
      () => isCurrent && setTrackError(''),
      // Ignores the result for a previous hub.
      (thrown: unknown) => isCurrent && setTrackError(String(thrown)),
    );
    return () => {
      isCurrent = false;
    };
  }, [hub]);

  return (
    <main className="project">
      <Board actions={items} isReady={status === 'ready'} user={user} />
      <Timeline actions={items} problem={error?.message ?? trackError} />
    </main>
  );
}

function Connection() {
  const connection = useConnection();
  return (
    <span className="connection" data-state={connection} role="status">
      {{ connecting: 'Connecting', online: 'Live', offline: 'Offline', expired: 'Signed out' }[connection]}
    </span>
  );
}
