/** The two people side by side: who they are, who of them acts, and how fast one hears of the other. */
import type { HubbubInbox } from '@hubbub/client/element';
import { badgeOf } from '../../client-sdk/ui/badge.ts';
import { choose, hashOf, type Pair, pairIn } from './address.ts';
import { arrivedAt, Device, type DeviceOptions } from './device.ts';
import { byId, within } from './dom.ts';
import type { Person } from './person.ts';
import type { Session } from './session.ts';
import { Stopwatch } from './stopwatch.ts';
import { Tabs } from './tabs.ts';

export interface StageOptions extends Pick<DeviceOptions, 'ran' | 'failed'> {
  people: readonly Person[];
  bell: HubbubInbox;
  /** Others are on stage now. */
  changed(): void;
  /** Somebody else acts, or what they starred has changed. */
  acts(): void;
  /** What was sent from here is in somebody's inbox. */
  heard(person: Person, milliseconds: number): void;
}

const sides = ['first', 'second'] as const;
type Side = (typeof sides)[number];
/** Items looked at in a feed for what was sent from here. */
const looked = 10;

export class Stage {
  readonly #options: StageOptions;
  readonly #devices: Pair<Device>;
  readonly #tabs = new Tabs();
  readonly #watches: Pair<Stopwatch> = { first: new Stopwatch(), second: new Stopwatch() };
  readonly #latency = byId('latency', HTMLElement);
  #pair: Pair<Person>;

  constructor(options: StageOptions) {
    this.#options = options;
    const device = (side: Side) =>
      new Device(byId(side, HTMLElement), {
        ...options,
        chosen: (person) => this.#choose(choose(this.#pair, side, person)),
        changed: () => this.#changed(side),
      });
    this.#devices = { first: device('first'), second: device('second') };
    this.#pair = pairIn(location.hash, options.people);
    for (const radio of this.#radios()) radio.addEventListener('change', () => options.acts());
  }

  /** Signs in whoever the address names, now and when it names others. */
  begin(): void {
    this.#show();
    addEventListener('hashchange', () => {
      this.#pair = pairIn(location.hash, this.#options.people);
      this.#show();
    });
  }

  get first(): Session {
    return this.#devices.first.session;
  }

  acting(): Session {
    return this.#devices[this.#actingSide()].session;
  }

  /** An action of whoever acts was accepted. */
  sent(action: string, at: number): void {
    this.#measured(this.#watchedSide(), this.#watches[this.#watchedSide()].sent(action, at));
  }

  #choose(pair: Pair<Person>): void {
    location.hash = hashOf(pair);
  }

  #show(): void {
    for (const side of sides) {
      const person = this.#pair[side];
      const before = this.#devices[side];
      if (before.isOf(person)) continue;
      if (side === 'first') this.#options.bell.hub = null;
      before.show(person);
      const { session } = before;
      session.stars.subscribe(() => this.#options.acts());
      this.#nameActing(side, person);
      this.#changed(side);
    }
    const { bell } = this.#options;
    bell.hub = this.first.hub;
    byId('bell-of', HTMLElement).textContent = this.#pair.first.name;
    const { first } = this.#pair;
    bell.labels = { title: `${first.name}’s notifications`, arrived: arrivedAt(first) };
    this.#options.changed();
    this.#options.acts();
  }

  #nameActing(side: Side, person: Person): void {
    const radio = this.#radios().find(({ value }) => value === side);
    const label = radio?.parentElement;
    if (label) within(label, '.acting-name', HTMLElement).textContent = person.name;
  }

  #radios(): HTMLInputElement[] {
    return [...document.querySelectorAll<HTMLInputElement>('input[name="acting"]')];
  }

  #actingSide(): Side {
    return this.#radios().find(({ checked }) => checked)?.value === 'second' ? 'second' : 'first';
  }

  /** Whose inbox is measured: that of the one who does not act. */
  #watchedSide(): Side {
    return this.#actingSide() === 'first' ? 'second' : 'first';
  }

  #changed(side: Side): void {
    const device = this.#devices[side];
    const { items, counts } = device.session.hub.feed.getSnapshot();
    const now = performance.now();
    for (const { action } of items.slice(0, looked)) {
      this.#measured(side, this.#watches[side].arrived(action.id, now));
    }
    const unread = badgeOf(counts) ?? '';
    this.#tabs.name(side, device.session.person.name, unread);
    if (side === 'first') document.title = unread === '' ? 'Hubbub' : `(${unread}) Hubbub`;
  }

  #measured(side: Side, milliseconds: number | undefined): void {
    if (milliseconds === undefined) return;
    const device = this.#devices[side];
    device.arrived(milliseconds);
    this.#options.heard(device.session.person, milliseconds);
    byId('pulse', HTMLElement).classList.add('measured');
    this.#latency.textContent = String(Math.round(milliseconds));
  }
}
