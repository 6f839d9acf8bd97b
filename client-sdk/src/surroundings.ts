/** What a hub's client knows of the world beside the hub: passed in, so that tests decide it. */
export interface Surroundings {
  /** Milliseconds since 1970, by a clock that may be wrong. */
  now(): number;
  /** From 0 up to 1. */
  random(): number;
  /** Runs it after so many milliseconds, unless the function it answers is called before. */
  after(ms: number, run: () => void): () => void;
  /**
   * Tells when it is worth looking whether the hub can be reached: the network is back, or the page is looked at again
   * after having been hidden for `away` milliseconds. Until the function it answers is called.
   */
  onWake(woken: (away: number) => void): () => void;
}

/** Timers hold no longer time than this; a longer one is set again when it ends. */
const longestTimer = 2 ** 31 - 1;

/** The browser's; in Node, where there is no page, nothing wakes. */
export const surroundings: Surroundings = {
  now: Date.now,
  random: Math.random,
  after(ms, run) {
    let timer: ReturnType<typeof setTimeout>;
    const wait = (left: number): void => {
      const more = left - longestTimer;
      timer = setTimeout(() => (more > 0 ? wait(more) : run()), Math.min(left, longestTimer));
    };
    wait(ms);
    return () => clearTimeout(timer);
  },
  onWake(woken) {
    const page: Page = globalThis;
    const { document } = page;
    let hiddenAt = Date.now();
    const online = (): void => woken(longestTimer);
    const seen = (): void => {
      if (document?.visibilityState === 'visible') woken(Date.now() - hiddenAt);
      else hiddenAt = Date.now();
    };
    const each = (method: 'addEventListener' | 'removeEventListener'): void => {
      page[method]?.('online', online);
      document?.[method]('visibilitychange', seen);
    };
    each('addEventListener');
    return () => each('removeEventListener');
  },
};

type Listening = (event: string, listener: () => void) => void;

/** As much of a page as is asked about, where there is one. */
interface Page {
  setTimeout: unknown;
  addEventListener?: Listening;
  removeEventListener?: Listening;
  document?: {
    readonly visibilityState: string;
    addEventListener: Listening;
    removeEventListener: Listening;
  };
}
