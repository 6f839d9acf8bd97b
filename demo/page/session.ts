/** One person's connection: their hub, and whether they starred the project. */
import { connect, type Hub, type Watch } from '@hubbub/client';
import { tokenFor } from './backend.ts';
import { chosenLanguage } from './language.ts';
import type { Person } from './person.ts';
import { verbs } from './project.ts';

export class Session {
  readonly person: Person;
  readonly hub: Hub;
  /** The user's star actions. The newest one tells whether the project is starred. */
  readonly stars: Watch;

  constructor(person: Person) {
    this.person = person;
    this.hub = connect(location.origin, { token: () => tokenFor(person.id), locale: chosenLanguage() });
    this.stars = this.hub.watch({
      object: `user:${person.id}`,
      verbs: [verbs.starred, verbs.unstarred],
      actorOnly: true,
      limit: 1,
    });
  }

  get starred(): boolean {
    return this.stars.getSnapshot().items[0]?.verb === verbs.starred;
  }

  close(): void {
    this.hub.close();
  }
}
