/** Time, randomness and page events. They are passed in, so that tests can control them. */
export interface Environment {
  /** Milliseconds since 1970. The clock may be wrong. */
  now(): number;
  /** A number from 0 (inclusive) to 1 (exclusive). */
  random(): number;
  /** Calls `run` after `ms` milliseconds, at most 24 days. Returns a function that cancels it. */
  after(ms: number, run: () => void): () => void;
  /**
   * Calls `listener` when the connection should be checked: the network is back, or the page is visible again after
   * `hiddenMs` milliseconds. Returns a function that unsubscribes.
   */
  onWake(listener: (hiddenMs: number) => void): () => void;
  /** Calls `listener` when the page is being unloaded. It may still come back. Returns a function that unsubscribes. */
  onLeave(listener: () => void): () => void;
}

/** Milliseconds before the first retry. */
export const initialRetryDelay = 500;

/** The longest delay of a timer, in milliseconds. With a longer one it would fire at once. */
const maxTimerDelay = 2 ** 31 - 1;

const page: PageGlobals = globalThis;

/** The browser's environment. In Node there is no page, so `onWake` and `onLeave` never fire. */
export const defaultEnvironment: Environment = {
  now: Date.now,
  random: Math.random,
  after(ms, run) {
    const timer = setTimeout(run, Math.min(ms, maxTimerDelay));
    return () => clearTimeout(timer);
  },
  onWake(listener) {
    const { document } = page;
    let hiddenAt = Date.now();
    const unsubscribeOnline = addListener(page, 'online', () => listener(Infinity));
    const unsubscribeVisibility = addListener(document, 'visibilitychange', () => {
      if (document?.visibilityState === 'visible') listener(Date.now() - hiddenAt);
      else hiddenAt = Date.now();
    });
    return () => {
      unsubscribeOnline();
      unsubscribeVisibility();
    };
  },
  onLeave: (listener) => addListener(page, 'pagehide', listener),
};

type ListenerMethod = (event: string, listener: () => void) => void;

interface EventTargetLike {
  addEventListener?: ListenerMethod;
  removeEventListener?: ListenerMethod;
}

/** The globals of a page that are used here. Node has none of them but the timers. */
interface PageGlobals extends EventTargetLike {
  setTimeout: unknown;
  document?: EventTargetLike & { readonly visibilityState: string };
}

function addListener(target: EventTargetLike | undefined, event: string, listener: () => void): () => void {
  target?.addEventListener?.(event, listener);
  return () => target?.removeEventListener?.(event, listener);
}
