import type { ServerToClientEvents } from '../../../protocol/sockets.ts';
import type { HubSocket } from '../caller.ts';
import type { FeedEvent } from './events.ts';

export interface ArrivalPorts {
  apply(event: FeedEvent): void;
  /** Something may be missing that the hub has to be asked for. */
  suspect(): void;
}

type Handlers = Omit<ServerToClientEvents, 'watch:action' | 'watch:removed' | 'session:expired'>;

/** What arrives for a feed without having been asked for, as events of its state; between `start` and `stop`. */
export class FeedArrivals {
  readonly #socket: HubSocket;
  readonly #connected: () => void;
  readonly #broken: () => void;
  readonly #handlers: Handlers;

  constructor(socket: HubSocket, { apply, suspect }: ArrivalPorts) {
    this.#socket = socket;
    this.#connected = suspect;
    this.#broken = () => apply({ type: 'broken' });
    this.#handlers = {
      'feed:item': (push) => apply({ type: 'item', push }),
      'feed:removed': (push) => apply({ type: 'removed', push }),
      'feed:marked': (push) => apply({ type: 'marked', push }),
      'feed:counts': (push) => apply({ type: 'counts', push }),
      'feed:stale': () => {
        apply({ type: 'broken' });
        suspect();
      },
      'feed:reset': () => {
        apply({ type: 'reset' });
        suspect();
      },
    };
  }

  start(): void {
    const handlers = this.#handlers;
    this.#socket
      .on('connect', this.#connected)
      .on('disconnect', this.#broken)
      .on('feed:item', handlers['feed:item'])
      .on('feed:removed', handlers['feed:removed'])
      .on('feed:marked', handlers['feed:marked'])
      .on('feed:counts', handlers['feed:counts'])
      .on('feed:stale', handlers['feed:stale'])
      .on('feed:reset', handlers['feed:reset']);
  }

  stop(): void {
    const handlers = this.#handlers;
    this.#socket
      .off('connect', this.#connected)
      .off('disconnect', this.#broken)
      .off('feed:item', handlers['feed:item'])
      .off('feed:removed', handlers['feed:removed'])
      .off('feed:marked', handlers['feed:marked'])
      .off('feed:counts', handlers['feed:counts'])
      .off('feed:stale', handlers['feed:stale'])
      .off('feed:reset', handlers['feed:reset']);
  }
}
