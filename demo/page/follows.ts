/** What a person follows, as switches: past actions come in with the tracker, and go with it. */
import { HubError, type Tracker, type TrackInput } from '@hubbub/client';
import { trackersOf } from './backend.ts';
import { make } from './dom.ts';
import { followable, isTracked } from './following.ts';
import type { Person } from './person.ts';
import type { Session } from './session.ts';

export interface FollowsOptions {
  people: readonly Person[];
  /** Told of a call that was made, or of what went wrong. */
  ran(name: string, ...input: unknown[]): void;
  failed(error: HubError): void;
}

export class Follows {
  readonly #element: HTMLElement;
  readonly #options: FollowsOptions;
  #session: Session | undefined;

  constructor(element: HTMLElement, options: FollowsOptions) {
    this.#element = element;
    this.#options = options;
  }

  show(session: Session): void {
    this.#session = session;
    const { person } = session;
    const switches = followable(person, this.#options.people).map(({ name, input }) => {
      const button = make('button', { type: 'button', class: 'follow', 'aria-pressed': 'false', text: name });
      button.disabled = true;
      button.addEventListener('click', () => void this.#toggle(session, button, input));
      return { button, input };
    });
    this.#element.setAttribute('aria-label', `${person.name} follows`);
    this.#element.replaceChildren(
      make('span', { class: 'follows-word', text: 'Follows', 'aria-hidden': 'true' }),
      ...switches.map(({ button }) => button),
    );
    trackersOf(person.id).then(
      (trackers) => {
        for (const { button, input } of switches) {
          button.disabled = false;
          press(button, isTracked(input, trackers));
        }
      },
      (thrown: unknown) => this.#options.failed(HubError.from(thrown)),
    );
  }

  async #toggle(session: Session, button: HTMLButtonElement, input: TrackInput): Promise<void> {
    // Not disabled meanwhile: that would take the focus away.
    if (button.getAttribute('aria-busy') === 'true') return;
    button.setAttribute('aria-busy', 'true');
    const follow = button.getAttribute('aria-pressed') === 'false';
    press(button, follow);
    try {
      const left = follow ? await this.#track(session, input) : await this.#untrack(session, input);
      if (this.#session === session) press(button, isTracked(input, left));
    } catch (thrown) {
      press(button, !follow);
      this.#options.failed(HubError.from(thrown));
    } finally {
      button.setAttribute('aria-busy', 'false');
    }
  }

  async #track({ hub }: Session, input: TrackInput): Promise<Tracker[]> {
    this.#options.ran('hub.track', input);
    return (await hub.track(input)).trackers;
  }

  async #untrack({ hub }: Session, { to }: TrackInput): Promise<Tracker[]> {
    this.#options.ran('hub.untrack', { from: to });
    return (await hub.untrack({ from: to })).trackers;
  }
}

function press(button: HTMLElement, pressed: boolean): void {
  button.setAttribute('aria-pressed', String(pressed));
}
