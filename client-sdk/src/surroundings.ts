/** What a hub's client knows of the world beside the hub: passed in, so that tests decide it. */
export interface Surroundings {
  /** Milliseconds since 1970, by a clock that may be wrong. */
  now(): number;
  /** From 0 up to 1. */
  random(): number;
  /** Runs it after so many milliseconds, or 24 days where they are more, unless the function it answers is called before. */
  after(ms: number, run: () => void): () => void;
  /**
   * Tells when it is worth looking whether the hub can be reached: the network is back, or the page is looked at again
   * after having been hidden for `away` milliseconds. Until the function it answers is called.
   */
  onWake(woken: (away: number) => void): () => void;
  /** Tells when the page is left, perhaps for good. Until the function it answers is called. */
  onLeave(left: () => void): () => void;
}

/** Milliseconds before the first retry. */
export const firstRetry = 500;

/** Milliseconds a timer holds at most; a longer one would ring at once. */
const longestTimer = 2 ** 31 - 1;

const page: Page = globalThis;

/** The browser's; in Node, where there is no page, nothing wakes. */
export const surroundings: Surroundings = {
  now: Date.now,
  random: Math.random,
  after(ms, run) {
    const timer = setTimeout(run, Math.min(ms, longestTimer));
    return () => clearTimeout(timer);
  },
  onWake(woken) {
    const { document } = page;
    let hiddenAt = Date.now();
    const deafToNetwork = hear(page, 'online', () => woken(Infinity));
    const deafToPage = hear(document, 'visibilitychange', () => {
      if (document?.visibilityState === 'visible') woken(Date.now() - hiddenAt);
      else hiddenAt = Date.now();
    });
    return () => {
      deafToNetwork();
      deafToPage();
    };
  },
  onLeave: (left) => hear(page, 'pagehide', left),
};

type Listening = (event: string, listener: () => void) => void;

interface Target {
  addEventListener?: Listening;
  removeEventListener?: Listening;
}

/** As much of a page as is asked about, where there is one. */
interface Page extends Target {
  setTimeout: unknown;
  document?: Target & { readonly visibilityState: string };
}

function hear(target: Target | undefined, event: string, listener: () => void): () => void {
  target?.addEventListener?.(event, listener);
  return () => target?.removeEventListener?.(event, listener);
}
