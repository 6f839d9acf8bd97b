/** Reads the state of the page for tests, and records everything that was displayed since the start. */
import type { FeedSnapshot, Hub } from '../../../../client-sdk/client/src/index.ts';

export interface DisplayHistory {
  /** All texts of the badge in order; "0" without a badge. */
  badges: string[];
  /** All rendered lists: item ids from the top. */
  lists: string[][];
  /** All notices; "" without a notice. */
  notices: string[];
}

/** Consecutive unchanged frames after which the page counts as stable. */
const STABLE_FRAMES = 3;

const frame = () => new Promise<void>((resolve) => requestAnimationFrame(() => resolve()));

export class Probe {
  readonly hub: Hub | null;
  readonly shown: DisplayHistory = { badges: [], lists: [], notices: [] };
  /** All states of the connection. */
  readonly connections: string[] = [];
  readonly #root: ShadowRoot;
  #followed: { row: HTMLElement; tops: number[] } | null = null;

  constructor(root: ShadowRoot, hub: Hub | null) {
    this.#root = root;
    this.hub = hub;
    this.#recordDisplay();
    const everything = { subtree: true, childList: true, characterData: true, attributes: true };
    new MutationObserver(() => this.#recordDisplay()).observe(root, everything);
    if (!hub) return;
    const noteConnection = () => void this.connections.push(hub.connection.getSnapshot());
    noteConnection();
    hub.connection.subscribe(noteConnection);
  }

  snapshot(): FeedSnapshot {
    if (!this.hub) throw new Error('the element keeps its hub for itself');
    return this.hub.feed.getSnapshot();
  }

  /** Ids of the rendered items, from the top. */
  items(): string[] {
    return this.#rows().map(({ dataset }) => dataset.id ?? '');
  }

  badge(): string {
    const badge = this.#root.querySelector('.hubbub-inbox__badge');
    return badge?.checkVisibility() ? (badge.textContent?.trim() ?? '') : '0';
  }

  /** The label or text of the focused element, also inside shadow roots. */
  focused(): string {
    let at = document.activeElement;
    while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
    const labelledBy = at?.getAttribute('aria-labelledby');
    const heading = labelledBy ? this.#root.getElementById(labelledBy)?.textContent : null;
    return (at?.getAttribute('aria-label') ?? heading ?? at?.textContent ?? '').trim();
  }

  /** Resolves when nothing loads, and nothing has moved for some frames. */
  async whenStable(): Promise<void> {
    let last = '';
    for (let unchangedFrames = 0; unchangedFrames < STABLE_FRAMES; ) {
      await frame();
      const tops = this.#rows().map((row) => Math.round(row.getBoundingClientRect().top));
      const now = `${this.snapshot().status} ${this.snapshot().items.length} ${tops}`;
      unchangedFrames = now === last && this.snapshot().status === 'ready' ? unchangedFrames + 1 : 0;
      last = now;
    }
  }

  /** Starts to record the position of the first fully visible row in every frame. */
  follow(): void {
    const box = this.#root.querySelector('.hubbub-inbox__items')?.getBoundingClientRect();
    const top = Math.max(0, box?.top ?? 0);
    const row = this.#rows().find((each) => each.getBoundingClientRect().top >= top);
    if (!row) throw new Error('no row can be seen');
    const followed = { row, tops: [] as number[] };
    this.#followed = followed;
    const recordTop = (): void => {
      if (this.#followed !== followed) return;
      followed.tops.push(row.isConnected ? row.getBoundingClientRect().top : Number.NaN);
      requestAnimationFrame(recordTop);
    };
    recordTop();
  }

  /** Waits two frames. Returns by how many pixels the row moved, or MAX_VALUE if it was removed. */
  async moved(): Promise<number> {
    await frame();
    await frame();
    const { tops = [] } = this.#followed ?? {};
    this.#followed = null;
    const drift = Math.max(...tops) - Math.min(...tops);
    return tops.length > 2 && !Number.isNaN(drift) ? drift : Number.MAX_VALUE;
  }

  /** Elements with horizontal overflow: of the page, the window, or their scrolling box. */
  overflow(): string[] {
    const { documentElement: page } = document;
    const found = [...this.#root.querySelectorAll<HTMLElement>('*')].filter((element) => {
      if (!element.checkVisibility() || element.matches('.hubbub-inbox__hidden')) return false;
      const { left, right } = element.getBoundingClientRect();
      const scrolls =
        element.matches('.hubbub-inbox__items,.hubbub-inbox__panel') &&
        element.scrollWidth > element.clientWidth;
      return scrolls || left < 0 || right > page.clientWidth;
    });
    if (page.scrollWidth > page.clientWidth) found.push(page);
    return found.map(({ tagName, className }) => `${tagName} ${className}`);
  }

  /** The direction of the items: the side of the avatar, and the edge at which a short text begins. */
  direction(): { avatar: 'left' | 'right'; text: 'left' | 'right' } {
    const row = this.#rows().find(
      (each) => (each.querySelector('.hubbub-inbox__sentence')?.textContent?.length ?? 99) < 25,
    );
    const [avatar, body, text] = ['avatar', 'body', 'sentence'].map((name) =>
      row?.querySelector(`.hubbub-inbox__${name}`),
    );
    if (!avatar || !body || !text) throw new Error('no row has a short text');
    const range = document.createRange();
    range.selectNodeContents(text);
    const [box, words] = [body.getBoundingClientRect(), range.getBoundingClientRect()];
    return {
      avatar: avatar.getBoundingClientRect().left < box.left ? 'left' : 'right',
      text: words.left - box.left < box.right - words.right ? 'left' : 'right',
    };
  }

  /** Whether the background of the items is light or dark. */
  shade(): 'light' | 'dark' {
    const panel = this.#root.querySelector('[part~=panel]');
    const [red = 255] =
      (panel ? getComputedStyle(panel).backgroundColor : '').match(/\d+/g)?.map(Number) ?? [];
    return red < 128 ? 'dark' : 'light';
  }

  #rows(): HTMLElement[] {
    return [...this.#root.querySelectorAll<HTMLElement>('.hubbub-inbox__item')];
  }

  #recordDisplay(): void {
    const { badges, lists, notices } = this.shown;
    const badge = this.badge();
    if (badges.at(-1) !== badge) badges.push(badge);
    const items = this.items();
    if (lists.at(-1)?.join() !== items.join()) lists.push(items);
    const notice = this.#root.querySelector('[part~=notice] p')?.textContent ?? '';
    if (notices.at(-1) !== notice) notices.push(notice);
  }
}
