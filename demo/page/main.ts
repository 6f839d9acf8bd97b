/** Main file of the page: signs in whoever the address names, and again when it names another. */
import { connect, type Hub } from '@hubbub/client';
import { people as askPeople, tokenFor } from './backend.ts';
import { Compose } from './compose.ts';
import { byId } from './dom.ts';
import { Inbox } from './inbox.ts';
import { offer, personInAddress, showPerson } from './people.ts';
import { Replay } from './replay.ts';

/** Where there is little room the tools are folded away. */
const narrow = matchMedia('(max-width: 60rem)');

async function start(): Promise<void> {
  const people = await askPeople();
  let signedIn: { hub: Hub; inbox: Inbox; user: string } | undefined;

  const signIn = (): void => {
    const person = personInAddress(people);
    if (!person || person.id === signedIn?.user) return;
    signedIn?.inbox.close();
    signedIn?.hub.close();
    showPerson(person);
    const user = person.id;
    const hub = connect(location.origin, { token: () => tokenFor(user), locale: navigator.language });
    signedIn = { hub, inbox: new Inbox(hub), user };
  };

  offer(people);
  signIn();
  addEventListener('hashchange', signIn);
  new Compose(() => signedIn);
  new Replay();
}

function fold(): void {
  for (const panel of document.querySelectorAll('details')) panel.open = !narrow.matches;
}

fold();
narrow.addEventListener('change', fold);
start().catch((error: unknown) => {
  byId('problem', HTMLElement).hidden = false;
  byId('waiting', HTMLElement).hidden = true;
  byId('problem-text', HTMLElement).textContent = error instanceof Error ? error.message : String(error);
});
