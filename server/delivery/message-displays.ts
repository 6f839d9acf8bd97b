/**
 * Gives the actions in messages their registered displays (decision 57), and passes the messages on in order.
 *
 * A space is **idle** while the displays of its messages are known: each message passes at once. It is **reading** from the first
 * message whose displays have to be read: later messages wait for it. If too many wait, or the read fails, they are
 * discarded, and the clients of the space get `feed:stale`.
 */
import type { StoredAction } from '../../core/model/entities.ts';
import type { BusMessage } from '../../core/ports/bus.ts';
import { type DisplaysByKey, keysOfActions, withDisplays } from '../../core/rendering/displays.ts';
import type { Logger } from '../../infra/log.ts';
import type { DisplayCache } from '../displays/display-cache.ts';

/** Messages of one space. */
const MAX_WAITING = 100;
const READ_TIMEOUT_MS = 5_000;

interface MessageDisplaysDeps {
  displays: Pick<DisplayCache, 'known' | 'find'>;
  /** Returns false if no client of this gateway gets a push of the message. */
  isWanted: (space: string, message: BusMessage) => boolean;
  deliver: (space: string, message: BusMessage) => void;
  /** Notifies the clients of a space that pushes were lost. */
  notifyGap: (space: string) => void;
  log: Logger;
}

const none: DisplaysByKey = new Map();

export class MessageDisplays {
  readonly #deps: MessageDisplaysDeps;
  /** The messages of spaces that are reading. The first one is being read. */
  readonly #waiting = new Map<string, BusMessage[]>();

  constructor(deps: MessageDisplaysDeps) {
    this.#deps = deps;
  }

  handle(space: string, message: BusMessage): void {
    const waiting = isPush(message) ? this.#waiting.get(space) : undefined;
    if (waiting) {
      if (waiting.length < MAX_WAITING) waiting.push(message);
      else this.#discard(space);
      return;
    }
    const displays = this.#known(space, message);
    if (displays) {
      this.#deliver(space, message, displays);
      return;
    }
    const reading = [message];
    this.#waiting.set(space, reading);
    void this.#deliverInOrder(space, reading);
  }

  async #deliverInOrder(space: string, waiting: BusMessage[]): Promise<void> {
    try {
      for (let message = waiting[0]; message; message = waiting[0]) {
        const displays = this.#known(space, message) ?? (await this.#read(space, message));
        // Discarded meanwhile.
        if (this.#waiting.get(space) !== waiting) return;
        this.#deliver(space, message, displays);
        waiting.shift();
      }
      this.#waiting.delete(space);
    } catch (error) {
      this.#deps.log.warn({ err: error, space }, 'cannot read displays of pushes');
      if (this.#waiting.get(space) === waiting) this.#discard(space);
    }
  }

  /** Returns the displays if they need not be read. */
  #known(space: string, message: BusMessage): DisplaysByKey | null {
    const actions = actionsOf(message);
    if (actions.length === 0) return none;
    const known = this.#deps.displays.known(space, () => keysOfActions(actions));
    return known ?? (this.#deps.isWanted(space, message) ? null : none);
  }

  #read(space: string, message: BusMessage): Promise<DisplaysByKey> {
    const keysOf = () => keysOfActions(actionsOf(message));
    return this.#deps.displays.find(space, keysOf, AbortSignal.timeout(READ_TIMEOUT_MS));
  }

  #deliver(space: string, message: BusMessage, displays: DisplaysByKey): void {
    this.#deps.deliver(space, displays.size === 0 ? message : displayed(message, displays));
  }

  #discard(space: string): void {
    this.#waiting.delete(space);
    this.#deps.notifyGap(space);
  }
}

/** Only pushes have to keep their order, and can be repeated by clients. */
const isPush = ({ kind }: BusMessage): boolean =>
  kind === 'items' || kind === 'removed' || kind === 'actions' || kind === 'marked' || kind === 'reset';

const actionsOf = (message: BusMessage): readonly StoredAction[] =>
  'actions' in message ? message.actions : [];

const displayed = (message: BusMessage, displays: DisplaysByKey): BusMessage =>
  'actions' in message
    ? { ...message, actions: message.actions.map((action) => withDisplays(action, displays)) }
    : message;
