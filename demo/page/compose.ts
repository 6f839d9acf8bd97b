/** The form that emits an action over the socket. */
import { type Hub, HubError } from '@hubbub/client';
import { byId } from './dom.ts';

export class Compose {
  readonly #form = byId('compose', HTMLFormElement);
  readonly #status = byId('compose-status', HTMLElement);

  /** `current` is the hub of whoever is signed in. */
  constructor(current: () => { hub: Hub; user: string } | undefined) {
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      const signedIn = current();
      if (signedIn) void this.#send(signedIn.hub, signedIn.user);
    });
  }

  async #send(hub: Hub, user: string): Promise<void> {
    const field = (name: string): string => {
      const value = new FormData(this.#form).get(name);
      return typeof value === 'string' ? value.trim() : '';
    };
    const [target, related] = [field('target'), field('related')];
    this.#say('Sending …');
    try {
      await hub.log({
        actor: `user:${user}`,
        verb: field('verb'),
        ...(target === '' ? {} : { targets: target }),
        ...(related === '' ? {} : { related }),
        // Pressing twice after a break in the connection must not say it twice.
        key: crypto.randomUUID(),
      });
      this.#say('Sent to everyone who follows you or one of these.');
    } catch (thrown) {
      const { message, fields } = HubError.from(thrown);
      const named = fields.map(({ path, message }) => `${path || 'It'} ${message}`).join('; ');
      this.#say(named || message, true);
    }
  }

  #say(text: string, failed = false): void {
    this.#status.textContent = text;
    this.#status.classList.toggle('failed', failed);
  }
}
