/** The inbox: shows one hub's feed and carries out what is pressed. */
import { type FeedSnapshot, type Hub, HubError } from '@hubbub/client';
import { byId } from './dom.ts';
import { ItemList } from './list.ts';

const ageEvery = 15_000;
/** Arrivals are announced together, at most this often: a busy feed must not talk without end. */
const announceEvery = 3_000;

export class Inbox {
  readonly #hub: Hub;
  readonly #list: ItemList;
  readonly #ends: Array<() => void> = [];
  readonly #badge = byId('badge', HTMLElement);
  readonly #readAll = byId('read-all', HTMLButtonElement);
  readonly #older = byId('older', HTMLButtonElement);
  readonly #problem = byId('problem', HTMLElement);
  readonly #problemText = byId('problem-text', HTMLElement);
  readonly #arrivals = byId('arrivals', HTMLElement);
  readonly #listElement = byId('items', HTMLElement);
  #newest: string | undefined;
  #arrived = 0;
  #announcing: ReturnType<typeof setTimeout> | undefined;
  #loaded = false;
  #frame: number | undefined;

  constructor(hub: Hub) {
    this.#hub = hub;
    this.#list = new ItemList(this.#listElement, {
      mark: ({ id }, read) => this.#try(read ? hub.feed.markRead([id]) : hub.feed.markUnread([id])),
    });
    this.#on(this.#readAll, () => this.#try(hub.feed.markAllRead()));
    this.#on(this.#older, () => this.#try(hub.feed.loadMore()));
    this.#on(byId('retry', HTMLButtonElement), () => this.#try(hub.feed.refresh()));
    const aging = setInterval(() => this.#list.age(), ageEvery);
    this.#ends.push(
      hub.feed.subscribe(() => this.#showSoon()),
      hub.connection.subscribe(() => this.#showConnection()),
      () => clearInterval(aging),
      () => clearTimeout(this.#announcing),
      () => this.#frame !== undefined && cancelAnimationFrame(this.#frame),
    );
    this.#show();
    this.#showConnection();
  }

  close(): void {
    for (const end of this.#ends.splice(0)) end();
    this.#list.show([], false);
  }

  /** However much arrives, the page is painted once a frame. A hidden page has no frames, so it must not wait. */
  #showSoon(): void {
    if (document.hidden) this.#show();
    else {
      this.#frame ??= requestAnimationFrame(() => {
        this.#frame = undefined;
        this.#show();
      });
    }
  }

  #show(): void {
    const snapshot = this.#hub.feed.getSnapshot();
    const { items, counts, status, hasMore } = snapshot;
    this.#countArrivals(snapshot);
    this.#list.show(items, this.#loaded);
    this.#loaded ||= status === 'ready';
    const unread = counts.capped ? `${counts.unread}+` : String(counts.unread);
    this.#badge.hidden = counts.unread === 0;
    this.#badge.textContent = unread;
    byId('badge-word', HTMLElement).hidden = counts.unread === 0;
    document.title = counts.unread === 0 ? 'Hubbub' : `(${unread}) Hubbub`;
    this.#readAll.disabled = counts.unread === 0;
    this.#older.hidden = !hasMore;
    this.#older.disabled = status === 'loadingMore';
    this.#older.textContent = status === 'loadingMore' ? 'Loading …' : 'Load older';
    const waiting = items.length === 0 && (status === 'idle' || status === 'loading');
    this.#listElement.setAttribute('aria-busy', String(waiting));
    byId('waiting', HTMLElement).hidden = !waiting;
    byId('empty', HTMLElement).hidden = items.length > 0 || status !== 'ready';
    this.#complain(snapshot.error);
  }

  #countArrivals({ items, status }: FeedSnapshot): void {
    const newest = items[0]?.id;
    const until = items.findIndex(({ id }) => id === this.#newest);
    if (this.#loaded && status === 'ready' && newest !== this.#newest) {
      this.#arrived += until < 0 ? items.length : until;
      this.#announcing ??= setTimeout(() => this.#announce(), announceEvery);
    }
    this.#newest = newest;
  }

  #announce(): void {
    this.#announcing = undefined;
    const [newest] = this.#hub.feed.getSnapshot().items;
    const more = this.#arrived > 1 ? `${this.#arrived} new. ` : '';
    this.#arrived = 0;
    this.#arrivals.textContent = newest ? `${more}${newest.action.text}` : '';
  }

  #showConnection(): void {
    const state = this.#hub.connection.getSnapshot();
    const element = byId('connection', HTMLElement);
    const words = { connecting: 'Connecting', online: 'Live', offline: 'Offline', expired: 'Signed out' };
    element.dataset.state = state;
    element.textContent = words[state];
  }

  #complain(error: { message: string } | null): void {
    this.#problem.hidden = error === null;
    this.#problemText.textContent = error?.message ?? '';
  }

  #try(doing: Promise<unknown>): void {
    doing.catch((thrown: unknown) => this.#complain(HubError.from(thrown)));
  }

  #on(element: HTMLElement, handler: () => void): void {
    element.addEventListener('click', handler);
    this.#ends.push(() => element.removeEventListener('click', handler));
  }
}
