/**
 * Asks the application's handlers (section 7 of the contract). A handler that throws, answers nonsense or takes too long
 * is told of and harms only its own action: for that the hub goes on as if the verb had no handler.
 */
import { type About, Asking, taskOf } from './asking.ts';
import { asError } from './errors.ts';
import { Guard, type GuardOptions, Resting } from './guard.ts';
import { handlerScope } from './handler-scope.ts';
import type { StoredAction } from './model.ts';
import type { Patience } from './patience.ts';
import type { Now } from './ports/bus.ts';
import type { Handled, Handlers, OlderOne } from './ports/handlers.ts';
import { presentHandled } from './present.ts';
import type { HandledAction, Settings, TextContext } from './settings.ts';

export interface Fault extends About {
  error: Error;
}

/** Follows which call the process is in: some end it, and nothing can be told afterwards. */
export interface CallWatch {
  enter(about: About): void;
  leave(): void;
}

/** Told of every handler that failed; of one action once. */
export type HandlerFault = (fault: Fault) => void;

export interface HandlerBounds extends GuardOptions {
  /** What a handler's part gets. Default: 1,000 ms. */
  deadlineMs?: number;
  /** What `visible` gets, which may have to ask somebody. Default: 5,000 ms. */
  visibleMs?: number;
  /** What `combineWith` and `group` get for one action of a drain, all calls together. Default: 2,000 ms. */
  actionMs?: number;
  /** What each of them gets for all actions of a drain, before it is left alone for a while. Default: 10,000 ms. */
  drainMs?: number;
  /** By which it is told how long that was: milliseconds. */
  clock?: Now;
  /** Whether a part rests in all processes, since some died in it. Default: none does. */
  isResting?: (about: About) => boolean;
  /** Watches calls to `text`: no job shows that a process died in one. */
  texts?: CallWatch;
}

/** Faults remembered, so that what is shown to thousands is told of once. */
const MOST_TOLD = 1_000;

export class SettingsHandlers implements Handlers {
  readonly #settings: Settings;
  readonly #fault: HandlerFault;
  readonly #deadlineMs: number;
  readonly #visibleMs: number;
  readonly #guard: Guard;
  readonly #asking: Asking;
  readonly #isResting: (about: About) => boolean;
  readonly #texts: CallWatch | undefined;
  readonly #told = new Set<string>();

  constructor(settings: Settings, fault: HandlerFault, bounds: HandlerBounds = {}) {
    const { deadlineMs = 1_000, visibleMs = 5_000, actionMs = 2_000, drainMs = 10_000, ...others } = bounds;
    const { clock = () => performance.now(), isResting = () => false, texts, ...guard } = others;
    this.#settings = settings;
    this.#texts = texts;
    this.#isResting = isResting;
    this.#fault = fault;
    this.#deadlineMs = deadlineMs;
    this.#visibleMs = visibleMs;
    this.#guard = new Guard(guard);
    const tell = (about: About, error: unknown) => this.#tell(about, error);
    const enter = <T>(about: About, run: () => T): T => this.#enter(about, run);
    this.#asking = new Asking(this.#guard, tell, { deadlineMs, actionMs, drainMs, clock }, enter);
  }

  levelOf(verb: string): number {
    const level = this.#settings.handlers.get(verb)?.level ?? this.#settings.defaultLevel;
    return typeof level === 'number' ? level : (this.#settings.levels[level] ?? this.#settings.defaultLevel);
  }

  groupingDelayOf(verb: string): number {
    return this.#settings.handlers.get(verb)?.groupingDelay ?? this.#settings.groupingDelay;
  }

  mayCombine(verb: string, other: string): boolean {
    const combineWith = this.#settings.handlers.get(verb)?.combineWith;
    return combineWith !== undefined && Object.hasOwn(combineWith, other);
  }

  firstCombining(newer: Handled, olderOnes: readonly OlderOne[], patience: Patience): Promise<number> {
    const given = copyOf(newer);
    const questions = olderOnes.map(({ verb, other, older }) => ({
      about: { verb, part: `combineWith.${other}`, action: newer.id },
      ask: () => {
        const combineWith = this.#settings.handlers.get(verb)?.combineWith;
        return combineWith && Object.hasOwn(combineWith, other) && combineWith[other]?.(given, copyOf(older));
      },
      otherwise: () => false,
    }));
    return this.#asking.firstYes(questions, patience);
  }

  hasGroup(verb: string): boolean {
    return this.#settings.handlers.get(verb)?.group !== undefined;
  }

  firstSimilar(
    newer: Handled,
    older: readonly Handled[],
    otherwise: (index: number) => boolean,
    patience: Patience,
  ): Promise<number> {
    const handler = this.#settings.handlers.get(newer.verb);
    const about = { verb: newer.verb, part: 'group', action: newer.id };
    const given = copyOf(newer);
    const questions = older.map((each, index) => ({
      about,
      ask: () => handler?.group?.(given, copyOf(each)),
      otherwise: () => otherwise(index),
    }));
    return this.#asking.firstYes(questions, patience);
  }

  text(action: Handled, context: TextContext): string | null {
    const handler = this.#settings.handlers.get(action.verb);
    if (!handler?.text) return null;
    const about = { verb: action.verb, part: 'text', action: action.id };
    this.#texts?.enter(about);
    try {
      const text: unknown = this.#guard.now(taskOf(about), this.#deadlineMs, () =>
        this.#enter(about, () =>
          handler.text?.(copyOf(action), { ...context, context: copy(context.context) }),
        ),
      );
      if (typeof text === 'string') return text;
      // A promise that nobody waits for must not end the process when it fails.
      void Promise.resolve(text).catch(() => undefined);
      throw new TypeError('must answer a string, at once');
    } catch (error) {
      this.#tell(about, error);
      return null;
    } finally {
      this.#texts?.leave();
    }
  }

  async visibleTo(action: StoredAction, users: readonly string[]): Promise<ReadonlySet<string> | null> {
    const { visible } = this.#settings;
    if (!visible) return new Set(users);
    const about = { verb: action.verb, part: 'visible', action: action.id };
    try {
      // Of those it is not asked about nobody is shown anything: rather late for one than never for others.
      const seen: unknown = await this.#guard.soon(
        taskOf(about),
        this.#visibleMs,
        () => this.#enter(about, () => visible(copyOf(action), [...users])),
        { patient: true },
      );
      if (!Array.isArray(seen)) throw new TypeError('must answer a list of user ids');
      const asked = new Set(users);
      return new Set(seen.filter((user) => asked.has(user)));
    } catch (error) {
      this.#tell(about, error);
      return null;
    }
  }

  /** Whatever the code leaves behind (timers, promises) is attributed to it. */
  #enter<T>(about: About, run: () => T): T {
    if (this.#isResting(about)) throw new Resting('rests in all processes');
    return handlerScope.run({ about, stray: (error) => this.#stray(about, error) }, run);
  }

  #stray(about: About, error: unknown): void {
    this.#tell(about, error);
    const rests = this.#guard.stray(taskOf(about));
    if (rests) this.#fault({ ...about, error: rests });
  }

  #tell(about: About, error: unknown): void {
    // Why it rests was told.
    if (error instanceof Resting) return;
    const name = JSON.stringify([about.verb, about.part, about.action]);
    if (this.#told.has(name)) return;
    this.#told.add(name);
    const [oldest] = this.#told;
    if (this.#told.size > MOST_TOLD && oldest !== undefined) this.#told.delete(oldest);
    this.#fault({ ...about, error: asError(error) });
  }
}

/** A handler may change what it is given: what is stored, or shown to others, stays as it is. */
const copyOf = (action: Handled): HandledAction => copy(presentHandled(action));

function copy<T>(json: T): T;
function copy(json: unknown): unknown {
  if (Array.isArray(json)) return json.map((each: unknown) => copy(each));
  if (typeof json !== 'object' || json === null) return json;
  // fromEntries and not assignment: a key named __proto__ stays a key.
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, copy(value)]));
}
