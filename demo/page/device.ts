/** One person's side of the stage, as if it were a device of theirs: who it is, what they follow, their inbox. */
import { type ConnectionState, HubError } from '@hubbub/client';
import type { HubbubInbox } from '@hubbub/client/element';
import { inboxIn, make, within } from './dom.ts';
import { showFace } from './face.ts';
import { Follows } from './follows.ts';
import type { Person } from './person.ts';
import { Session } from './session.ts';

export interface DeviceOptions {
  people: readonly Person[];
  /** Somebody else was chosen. */
  chosen(person: Person): void;
  /** The feed changed, or the connection did. */
  changed(device: Device): void;
  ran(name: string, ...input: unknown[]): void;
  failed(error: HubError): void;
}

/** What is announced of somebody's arrivals: two people are on one page. */
export const arrivedAt =
  ({ name }: Person) =>
  (count: number, text: string): string =>
    `${name}: ${count > 1 ? `${count} new. ` : ''}${text}`;

const words: Record<ConnectionState, string> = {
  connecting: 'Connecting',
  online: 'Live',
  offline: 'Offline',
  expired: 'Signed out',
};

export class Device {
  readonly #element: HTMLElement;
  readonly #options: DeviceOptions;
  readonly #inbox: HubbubInbox;
  readonly #select: HTMLSelectElement;
  readonly #follows: Follows;
  #session: Session | undefined;

  constructor(element: HTMLElement, options: DeviceOptions) {
    this.#element = element;
    this.#options = options;
    const template = document.getElementById('device');
    if (!(template instanceof HTMLTemplateElement)) throw new Error('The page has no template of a device');
    element.append(template.content.cloneNode(true));
    this.#inbox = inboxIn(element);
    this.#select = within(element, 'select', HTMLSelectElement);
    this.#follows = new Follows(within(element, '.follows', HTMLElement), options);
    this.#inbox.addEventListener('hubbub-error', (event) => {
      if (event instanceof CustomEvent) options.failed(HubError.from(event.detail.error));
    });
    this.#offer();
  }

  /** Whose it is. @throws Error before anybody was shown */
  get session(): Session {
    if (!this.#session) throw new Error('Nobody is signed in here');
    return this.#session;
  }

  isOf(person: Person): boolean {
    return this.#session?.person === person;
  }

  show(person: Person): void {
    const before = this.#session;
    const session = new Session(person);
    this.#session = session;
    this.#inbox.hub = session.hub;
    before?.close();
    this.#name(person);
    this.#follows.show(session);
    session.hub.feed.subscribe(() => this.#options.changed(this));
    session.hub.connection.subscribe(() => this.#showConnection());
    this.#showConnection();
  }

  /** An action came in that was sent from this page, so many milliseconds ago. */
  arrived(milliseconds: number): void {
    const note = within(this.#element, '.arrival', HTMLElement);
    note.textContent = `heard in ${Math.round(milliseconds)} ms`;
    // Taken off and put on again, so that the light goes round once more.
    this.#element.classList.remove('lit');
    requestAnimationFrame(() => this.#element.classList.add('lit'));
  }

  #offer(): void {
    const groups = [
      ['The team of Website', 'team'],
      ['GitHub’s cast', 'github'],
    ] as const;
    this.#select.append(
      ...groups.map(([label, group]) => {
        const people = this.#options.people.filter((person) => person.group === group);
        return make(
          'optgroup',
          { label },
          people.map(({ id, name }) => make('option', { value: id, text: name })),
        );
      }),
    );
    this.#select.addEventListener('change', () => {
      const person = this.#options.people.find(({ id }) => id === this.#select.value);
      if (person) this.#options.chosen(person);
    });
  }

  #name(person: Person): void {
    const { id, name, about } = person;
    showFace(within(this.#element, '.face', HTMLElement), person);
    within(this.#element, '.device-about', HTMLElement).textContent = about;
    within(this.#element, '.arrival', HTMLElement).textContent = '';
    within(this.#element, '.who-label', HTMLElement).textContent = `Whose inbox`;
    this.#element.setAttribute('aria-label', name);
    this.#select.value = id;
    this.#inbox.labels = { title: `${name}’s inbox`, arrived: arrivedAt(person) };
  }

  #showConnection(): void {
    const state = this.session.hub.connection.getSnapshot();
    const element = within(this.#element, '.live', HTMLElement);
    element.dataset.state = state;
    element.textContent = words[state];
  }
}
