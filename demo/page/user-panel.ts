/** One user's panel: the user, their trackers, and their inbox. */
import { type ConnectionState, HubError } from '@hubbub/client';
import type { HubbubInbox } from '@hubbub/inbox';
import { fillAvatar } from './avatar.ts';
import { createElement, findIn, findInbox } from './dom.ts';
import { Follows } from './follows.ts';
import type { Person } from './person.ts';
import { Session } from './session.ts';

export interface UserPanelOptions {
  people: readonly Person[];
  /** Another user was chosen. */
  onChoose(person: Person): void;
  /** The feed changed. */
  onChange(panel: UserPanel): void;
  onCall(name: string, ...input: unknown[]): void;
  onError(error: HubError): void;
}

/** The announcement of new items names the user, because two users are on one page. */
export const arrivedLabel =
  ({ name }: Person) =>
  (count: number, text: string): string =>
    `${name}: ${count > 1 ? `${count} new. ` : ''}${text}`;

const connectionLabels: Record<ConnectionState, string> = {
  connecting: 'Connecting',
  online: 'Live',
  offline: 'Offline',
  expired: 'Signed out',
};

export class UserPanel {
  readonly #element: HTMLElement;
  readonly #options: UserPanelOptions;
  readonly #inbox: HubbubInbox;
  readonly #select: HTMLSelectElement;
  readonly #follows: Follows;
  #session: Session | undefined;

  constructor(element: HTMLElement, options: UserPanelOptions) {
    this.#element = element;
    this.#options = options;
    const template = document.getElementById('user-panel');
    if (!(template instanceof HTMLTemplateElement))
      throw new Error('The page has no template for the user panel');
    element.append(template.content.cloneNode(true));
    this.#inbox = findInbox(element);
    this.#select = findIn(element, 'select', HTMLSelectElement);
    this.#follows = new Follows(findIn(element, '.follows', HTMLElement), options);
    this.#inbox.addEventListener('hubbub-error', (event) => {
      if (event instanceof CustomEvent) options.onError(HubError.from(event.detail.error));
    });
    this.#fillSelect();
  }

  /** The session of the shown user. @throws Error before `show` is called */
  get session(): Session {
    if (!this.#session) throw new Error('Nobody is signed in here');
    return this.#session;
  }

  showsPerson(person: Person): boolean {
    return this.#session?.person === person;
  }

  show(person: Person): void {
    const previous = this.#session;
    const session = new Session(person);
    this.#session = session;
    this.#inbox.hub = session.hub;
    previous?.close();
    this.#showPerson(person);
    this.#follows.show(session);
    session.hub.feed.subscribe(() => this.#options.onChange(this));
    session.hub.connection.subscribe(() => this.#showConnection());
    this.#showConnection();
  }

  /** Shows the latency of an action that was sent from this page. */
  showLatency(milliseconds: number): void {
    const label = findIn(this.#element, '.arrival', HTMLElement);
    label.textContent = `heard in ${Math.round(milliseconds)} ms`;
    // Removes and adds the class, so that the animation restarts.
    this.#element.classList.remove('lit');
    requestAnimationFrame(() => this.#element.classList.add('lit'));
  }

  #fillSelect(): void {
    const groups = [
      ['The team of Website', 'team'],
      ['GitHub’s users', 'github'],
    ] as const;
    this.#select.append(
      ...groups.map(([label, group]) => {
        const people = this.#options.people.filter((person) => person.group === group);
        return createElement(
          'optgroup',
          { label },
          people.map(({ id, name }) => createElement('option', { value: id, text: name })),
        );
      }),
    );
    this.#select.addEventListener('change', () => {
      const person = this.#options.people.find(({ id }) => id === this.#select.value);
      if (person) this.#options.onChoose(person);
    });
  }

  #showPerson(person: Person): void {
    const { id, name, about } = person;
    fillAvatar(findIn(this.#element, '.avatar', HTMLElement), person);
    findIn(this.#element, '.user-panel-about', HTMLElement).textContent = about;
    findIn(this.#element, '.arrival', HTMLElement).textContent = '';
    findIn(this.#element, '.who-label', HTMLElement).textContent = `Whose inbox`;
    this.#element.setAttribute('aria-label', name);
    this.#select.value = id;
    this.#inbox.labels = { title: `${name}’s inbox`, arrived: arrivedLabel(person) };
  }

  #showConnection(): void {
    const state = this.session.hub.connection.getSnapshot();
    const element = findIn(this.#element, '.live', HTMLElement);
    element.dataset.state = state;
    element.textContent = connectionLabels[state];
  }
}
