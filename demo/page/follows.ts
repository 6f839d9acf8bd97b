/** A person's trackers as toggle buttons. Past actions appear in the inbox with a tracker, and leave with it. */
import { HubError, type Tracker, type TrackInput } from '@hubbub/client';
import { fetchTrackers } from './backend.ts';
import { createElement } from './dom.ts';
import { followable, isTracked } from './following.ts';
import type { Person } from './person.ts';
import type { Session } from './session.ts';

export interface FollowsOptions {
  people: readonly Person[];
  /** Called for each SDK call. */
  onCall(name: string, ...input: unknown[]): void;
  onError(error: HubError): void;
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
      const button = createElement('button', {
        type: 'button',
        class: 'follow',
        'aria-pressed': 'false',
        text: name,
      });
      button.disabled = true;
      button.addEventListener('click', () => void this.#toggle(session, button, input));
      return { button, input };
    });
    this.#element.setAttribute('aria-label', `${person.name} follows`);
    this.#element.replaceChildren(
      createElement('span', { class: 'follows-word', text: 'Follows', 'aria-hidden': 'true' }),
      ...switches.map(({ button }) => button),
    );
    fetchTrackers(person.id).then(
      (trackers) => {
        for (const { button, input } of switches) {
          button.disabled = false;
          setPressed(button, isTracked(input, trackers));
        }
      },
      (thrown: unknown) => this.#options.onError(HubError.from(thrown)),
    );
  }

  async #toggle(session: Session, button: HTMLButtonElement, input: TrackInput): Promise<void> {
    // Not `disabled`: that would remove the focus.
    if (button.getAttribute('aria-busy') === 'true') return;
    button.setAttribute('aria-busy', 'true');
    const follow = button.getAttribute('aria-pressed') === 'false';
    setPressed(button, follow);
    try {
      const trackers = follow ? await this.#track(session, input) : await this.#untrack(session, input);
      if (this.#session === session) setPressed(button, isTracked(input, trackers));
    } catch (thrown) {
      setPressed(button, !follow);
      this.#options.onError(HubError.from(thrown));
    } finally {
      button.setAttribute('aria-busy', 'false');
    }
  }

  async #track({ hub }: Session, input: TrackInput): Promise<Tracker[]> {
    this.#options.onCall('hub.track', input);
    return (await hub.track(input)).trackers;
  }

  async #untrack({ hub }: Session, { to }: TrackInput): Promise<Tracker[]> {
    this.#options.onCall('hub.untrack', { from: to });
    return (await hub.untrack({ from: to })).trackers;
  }
}

function setPressed(button: HTMLElement, pressed: boolean): void {
  button.setAttribute('aria-pressed', String(pressed));
}
