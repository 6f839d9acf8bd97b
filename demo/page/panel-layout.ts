/** The two user panels side by side: who the users are, which of them acts, and the latency between them. */
import type { HubbubInbox } from '@hubbub/inbox';
import { badgeOf } from '@hubbub/inbox/engine';
import { formatHash, type Pair, parsePair, replacePerson } from './address.ts';
import { byId, findIn } from './dom.ts';
import type { Person } from './person.ts';
import type { Session } from './session.ts';
import { Stopwatch } from './stopwatch.ts';
import { Tabs } from './tabs.ts';
import { arrivedLabel, UserPanel, type UserPanelOptions } from './user-panel.ts';

export interface PanelLayoutOptions extends Pick<UserPanelOptions, 'onCall' | 'onError'> {
  people: readonly Person[];
  bell: HubbubInbox;
  /** The shown users changed. */
  onPeopleChange(): void;
  /** The acting user changed, or their star did. */
  onActingChange(): void;
  /** An action that was sent from this page arrived in a user's inbox. */
  onLatency(person: Person, milliseconds: number): void;
}

const sides = ['first', 'second'] as const;
type Side = (typeof sides)[number];
/** The number of items in a feed to check for sent actions. */
const maxInspectedItems = 10;

export class PanelLayout {
  readonly #options: PanelLayoutOptions;
  readonly #panels: Pair<UserPanel>;
  readonly #tabs = new Tabs();
  readonly #stopwatches: Pair<Stopwatch> = { first: new Stopwatch(), second: new Stopwatch() };
  readonly #latency = byId('latency', HTMLElement);
  #pair: Pair<Person>;

  constructor(options: PanelLayoutOptions) {
    this.#options = options;
    const createPanel = (side: Side) =>
      new UserPanel(byId(side, HTMLElement), {
        ...options,
        onChoose: (person) => this.#setPair(replacePerson(this.#pair, side, person)),
        onChange: () => this.#feedChanged(side),
      });
    this.#panels = { first: createPanel('first'), second: createPanel('second') };
    this.#pair = parsePair(location.hash, options.people);
    for (const radio of this.#radios()) radio.addEventListener('change', () => options.onActingChange());
  }

  /** Signs in the users in the URL's hash, now and whenever it changes. */
  start(): void {
    this.#show();
    addEventListener('hashchange', () => {
      this.#pair = parsePair(location.hash, this.#options.people);
      this.#show();
    });
  }

  get first(): Session {
    return this.#panels.first.session;
  }

  actingSession(): Session {
    return this.#panels[this.#actingSide()].session;
  }

  /** Records that an action of the acting user was accepted. */
  actionSent(action: string, sentAt: number): void {
    this.#showLatency(this.#observingSide(), this.#stopwatches[this.#observingSide()].sent(action, sentAt));
  }

  #setPair(pair: Pair<Person>): void {
    location.hash = formatHash(pair);
  }

  #show(): void {
    for (const side of sides) {
      const person = this.#pair[side];
      const panel = this.#panels[side];
      if (panel.showsPerson(person)) continue;
      if (side === 'first') this.#options.bell.hub = null;
      panel.show(person);
      const { session } = panel;
      session.stars.subscribe(() => this.#options.onActingChange());
      this.#nameActing(side, person);
      this.#feedChanged(side);
    }
    const { bell } = this.#options;
    bell.hub = this.first.hub;
    byId('bell-of', HTMLElement).textContent = this.#pair.first.name;
    const { first } = this.#pair;
    bell.labels = { title: `${first.name}’s notifications`, arrived: arrivedLabel(first) };
    this.#options.onPeopleChange();
    this.#options.onActingChange();
  }

  #nameActing(side: Side, person: Person): void {
    const radio = this.#radios().find(({ value }) => value === side);
    const label = radio?.parentElement;
    if (label) findIn(label, '.acting-name', HTMLElement).textContent = person.name;
  }

  #radios(): HTMLInputElement[] {
    return [...document.querySelectorAll<HTMLInputElement>('input[name="acting"]')];
  }

  #actingSide(): Side {
    return this.#radios().find(({ checked }) => checked)?.value === 'second' ? 'second' : 'first';
  }

  /** The side whose latency is measured: the user who does not act. */
  #observingSide(): Side {
    return this.#actingSide() === 'first' ? 'second' : 'first';
  }

  #feedChanged(side: Side): void {
    const panel = this.#panels[side];
    const { items, counts } = panel.session.hub.feed.getSnapshot();
    const now = performance.now();
    for (const { action } of items.slice(0, maxInspectedItems)) {
      this.#showLatency(side, this.#stopwatches[side].arrived(action.id, now));
    }
    const unread = badgeOf(counts) ?? '';
    this.#tabs.name(side, panel.session.person.name, unread);
    if (side === 'first') document.title = unread === '' ? 'Hubbub' : `(${unread}) Hubbub`;
  }

  #showLatency(side: Side, milliseconds: number | undefined): void {
    if (milliseconds === undefined) return;
    const panel = this.#panels[side];
    panel.showLatency(milliseconds);
    this.#options.onLatency(panel.session.person, milliseconds);
    byId('pulse', HTMLElement).classList.add('measured');
    this.#latency.textContent = String(Math.round(milliseconds));
  }
}
