import { HubProvider, Inbox, useConnection, useHub, useWatch } from '@hubbub/client/react';
import { useEffect, useState } from 'react';
import { Board } from './board.tsx';
import { project, verbs } from './project.ts';
import { type Person, type Session, tokenOf } from './session.ts';
import { Timeline } from './timeline.tsx';

/** Stands for a sign-in: `?as=ben`. */
const asked = new URLSearchParams(location.search).get('as');

export function App({ url, people }: Session) {
  const [user, setUser] = useState(people.find(({ id }) => id === asked) ?? people[0]);
  if (!user) return <p>Nobody works here.</p>;
  const become = (id: string): void => {
    history.replaceState(null, '', `?as=${id}${location.hash}`);
    setUser(people.find((person) => person.id === id));
  };
  return (
    // Another user is another provider; a new token function alone connects nothing anew.
    <HubProvider key={user.id} url={url} token={() => tokenOf(user.id)}>
      <header className="bar">
        <h1>{project.name}</h1>
        <Connection />
        <label>
          Signed in as
          <select value={user.id} onChange={(event) => become(event.target.value)}>
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
  // All that is done in the project, live: the board and the timeline are both made of it.
  const { items, status, error } = useWatch({ object: project, verbs, limit: 100 });

  // Whoever works here follows the project, so that its news arrive in the bell.
  const [refusal, setRefusal] = useState('');
  useEffect(() => {
    let isCurrent = true;
    hub?.track({ to: project, actorOnly: false }).then(
      () => isCurrent && setRefusal(''),
      // A hub that was left answers no more, and nobody waits for it.
      (thrown: unknown) => isCurrent && setRefusal(String(thrown)),
    );
    return () => {
      isCurrent = false;
    };
  }, [hub]);

  return (
    <main className="project">
      <Board actions={items} isReady={status === 'ready'} user={user} />
      <Timeline actions={items} problem={error?.message ?? refusal} />
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
