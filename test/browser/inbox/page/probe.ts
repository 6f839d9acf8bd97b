/** What the tests ask of the page: what is shown, and what was shown from the first moment on. */
import type { FeedSnapshot, Hub } from '../../../../client-sdk/src/index.ts';

export interface Shown {
  /** Every text of the badge, one after the other; "0" where there was none. */
  badges: string[];
  /** Every list of items in the document: their ids from the top. */
  lists: string[][];
  /** Every line that said what was wrong; "" where there was none. */
  notices: string[];
}

/** Frames in which nothing may move before it counts as settled. */
const quietFrames = 3;

const frame = () => new Promise<void>((resolve) => requestAnimationFrame(() => resolve()));

export class Probe {
  readonly hub: Hub | null;
  readonly shown: Shown = { badges: [], lists: [], notices: [] };
  /** Every state of the connection. */
  readonly connections: string[] = [];
  readonly #root: ShadowRoot;
  #followed: { row: HTMLElement; tops: number[] } | null = null;

  constructor(root: ShadowRoot, hub: Hub | null) {
    this.#root = root;
    this.hub = hub;
    this.#note();
    const everything = { subtree: true, childList: true, characterData: true, attributes: true };
    new MutationObserver(() => this.#note()).observe(root, everything);
    if (!hub) return;
    const noteConnection = () => void this.connections.push(hub.connection.getSnapshot());
    noteConnection();
    hub.connection.subscribe(noteConnection);
  }

  snapshot(): FeedSnapshot {
    if (!this.hub) throw new Error('the element keeps its hub for itself');
    return this.hub.feed.getSnapshot();
  }

  /** Ids in the document, from the top. */
  items(): string[] {
    return this.#rows().map(({ dataset }) => dataset.id ?? '');
  }

  badge(): string {
    const badge = this.#root.querySelector('.badge');
    return badge?.checkVisibility() ? (badge.textContent?.trim() ?? '') : '0';
  }

  /** What has the focus, however deep: its label, else its text. */
  focused(): string {
    let at = document.activeElement;
    while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
    return (at?.getAttribute('aria-label') ?? at?.textContent ?? '').trim();
  }

  /** When nothing loads any more, and nothing has moved for some frames. */
  async settled(): Promise<void> {
    let last = '';
    for (let quiet = 0; quiet < quietFrames; ) {
      await frame();
      const tops = this.#rows().map((row) => Math.round(row.getBoundingClientRect().top));
      const now = `${this.snapshot().status} ${this.snapshot().items.length} ${tops}`;
      quiet = now === last && this.snapshot().status === 'ready' ? quiet + 1 : 0;
      last = now;
    }
  }

  /** From now on notes in every frame where the uppermost row stands that can be seen whole. */
  follow(): void {
    const box = this.#root.querySelector('.scroll')?.getBoundingClientRect();
    const top = Math.max(0, box?.top ?? 0);
    const row = this.#rows().find((each) => each.getBoundingClientRect().top >= top);
    if (!row) throw new Error('no row can be seen');
    const followed = { row, tops: [] as number[] };
    this.#followed = followed;
    const note = (): void => {
      if (this.#followed !== followed) return;
      followed.tops.push(row.isConnected ? row.getBoundingClientRect().top : Number.NaN);
      requestAnimationFrame(note);
    };
    note();
  }

  /** Two frames later: by how many pixels it moved at most; more than any if it was gone. */
  async moved(): Promise<number> {
    await frame();
    await frame();
    const { tops = [] } = this.#followed ?? {};
    this.#followed = null;
    const span = Math.max(...tops) - Math.min(...tops);
    return tops.length > 2 && !Number.isNaN(span) ? span : Number.MAX_VALUE;
  }

  /** What sticks out at a side: of the page, of the window, or of the box it scrolls in. */
  overflow(): string[] {
    const { documentElement: page } = document;
    const found = [...this.#root.querySelectorAll<HTMLElement>('*')].filter((element) => {
      if (!element.checkVisibility() || element.matches('.quietly')) return false;
      const { left, right } = element.getBoundingClientRect();
      const scrolls = element.matches('.scroll,.panel') && element.scrollWidth > element.clientWidth;
      return scrolls || left < 0 || right > page.clientWidth;
    });
    if (page.scrollWidth > page.clientWidth) found.push(page);
    return found.map(({ tagName, className }) => `${tagName} ${className}`);
  }

  /** From which side the items read: where the face stands, and at which edge a text that has room begins. */
  direction(): { face: 'left' | 'right'; text: 'left' | 'right' } {
    const row = this.#rows().find((each) => (each.querySelector('.text')?.textContent?.length ?? 99) < 25);
    const [face, body, text] = ['.face', '.body', '.text'].map((selector) => row?.querySelector(selector));
    if (!face || !body || !text) throw new Error('no row has a short text');
    const range = document.createRange();
    range.selectNodeContents(text);
    const [box, words] = [body.getBoundingClientRect(), range.getBoundingClientRect()];
    return {
      face: face.getBoundingClientRect().left < box.left ? 'left' : 'right',
      text: words.left - box.left < box.right - words.right ? 'left' : 'right',
    };
  }

  /** What the items' background is. */
  shade(): 'light' | 'dark' {
    const panel = this.#root.querySelector('.panel');
    const [red = 255] =
      (panel ? getComputedStyle(panel).backgroundColor : '').match(/\d+/g)?.map(Number) ?? [];
    return red < 128 ? 'dark' : 'light';
  }

  #rows(): HTMLElement[] {
    return [...this.#root.querySelectorAll<HTMLElement>('.item')];
  }

  #note(): void {
    const { badges, lists, notices } = this.shown;
    const badge = this.badge();
    if (badges.at(-1) !== badge) badges.push(badge);
    const items = this.items();
    if (lists.at(-1)?.join() !== items.join()) lists.push(items);
    const notice = this.#root.querySelector('.notice p')?.textContent ?? '';
    if (notices.at(-1) !== notice) notices.push(notice);
  }
}
