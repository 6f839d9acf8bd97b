/**
 * Carries out this client's own marks. One is
 * - waiting: shown, and its turn among the feed's requests has not come; it fails after `patience`
 * - sent: the hub has it, or gets it as soon as the connection is there; sent again where that breaks before the answer,
 *   or while the hub is busy
 * - carried out, or refused: no longer shown over the state
 *
 * Where the page is left before that, it is sent at once, whatever comes of it.
 */
import type { MarkAnswer, MarkInput } from '../../../protocol/entities.ts';
import type { Calls } from '../caller.ts';
import { HubError } from '../error.ts';
import { type Entry, type Flags, stateOf } from './entries.ts';
import type { FeedEvent } from './events.ts';
import { left, type PendingMark } from './pending.ts';
import { reduce } from './reducer.ts';
import { later } from './stamp.ts';
import type { FeedState } from './state.ts';

export type Marking = 'feed:read' | 'feed:unread' | 'feed:seen';

const flags = {
  'feed:read': { unread: false, seen: true },
  'feed:unread': { unread: true },
  'feed:seen': { seen: true },
} as const satisfies Record<Marking, Flags>;

interface Sent {
  answer: MarkAnswer;
  /** Whether the hub changed what changed here: as many, and of all it left as few. */
  isCertain: boolean;
}

/** How often what is left of a mark is sent. */
const rounds = 3;
/** Ids in one call. */
const idsAtOnce = 1_000;

export interface MarkPorts extends Pick<Calls, 'call' | 'persist' | 'late'> {
  state(): FeedState;
  apply(event: FeedEvent): void;
  /** One request of the feed at a time. */
  inTurn(request: () => Promise<void>): Promise<void>;
  /** Asks for what changed and applies it, as part of the request at hand. */
  catchUp(): Promise<void>;
  /** What changed is to be asked for when there is time. */
  suspect(): void;
  /** Milliseconds a mark may wait for the connection. */
  patience: number;
  /** Tells when the page is left, until the function it answers is called. */
  onLeave(left: () => void): (() => void) | undefined;
}

export class Marks {
  readonly #ports: MarkPorts;
  /** What sends those that are under way. */
  readonly #open = new Set<() => void>();
  readonly #stay: (() => void) | undefined;
  #made = 0;

  constructor(ports: MarkPorts) {
    this.#ports = ports;
    this.#stay = ports.onLeave(() => {
      for (const hurry of this.#open) hurry();
    });
  }

  /** Shows it at once. `ids` null: all there are. */
  make(marking: Marking, ids: readonly string[] | null): Promise<MarkAnswer> {
    this.#made += 1;
    const id = this.#made;
    const { call, late, apply, state, inTurn, patience } = this.#ports;
    apply({ type: 'mark', id, ids: ids && new Set(ids), flags: flags[marking] });
    const mark = state().pending?.marks.at(-1);
    return new Promise((resolve, reject) => {
      let isOpen = true;
      const end = (error?: HubError): void => {
        clearTimeout(timer);
        this.#open.delete(hurry);
        isOpen = false;
        apply({ type: 'unmark', id, error });
      };
      const fail = (error: HubError): void => {
        if (!isOpen) return;
        end(error);
        reject(error);
      };
      const timer = setTimeout(() => fail(late(marking)), patience);
      const hurry = (): void => {
        if (!mark) return;
        const named = namedBy(mark);
        // Of items the user named whatever they are by now: a mark of theirs that is under way may have changed them. Where
        // the page comes back the mark has its turn all the same, which does no harm.
        call(marking, mark.ids ? named : upTo(named, mark.upTo)).catch(() => undefined);
      };
      this.#open.add(hurry);
      void inTurn(async () => {
        if (!isOpen || !mark) return;
        // From here on each call has a time of its own.
        clearTimeout(timer);
        try {
          const answer = await this.#carryOut(marking, mark);
          if (!isOpen) return;
          end();
          resolve(answer);
        } catch (thrown) {
          fail(HubError.from(thrown));
          // It may have been carried out all the same: now, or before the connection broke.
          this.#doubt(mark);
        }
      });
    });
  }

  close(): void {
    this.#stay?.();
  }

  /**
   * Marks what the user was shown, in as many calls as that takes. Where fewer items changed on the hub than here, nothing
   * is concluded: the hub may have carried it out before an answer was lost, or know the items by later positions than
   * those shown. It is asked, and the items that are still as they were when they were marked are sent again.
   */
  async #carryOut(marking: Marking, mark: PendingMark): Promise<MarkAnswer> {
    const { state, catchUp } = this.#ports;
    const first = await this.#send(marking, namedBy(mark), mark.upTo);
    let { answer } = first;
    let isSure = first.isCertain && state().answered < mark.turn;
    for (let round = 1; ; round += 1) {
      const isAll = left(mark, state().entries).length === 0;
      if (isSure && isAll) return this.#counted(answer);
      this.#ports.apply({ type: 'broken', from: mark.upTo });
      await catchUp();
      const entries = left(mark, state().entries);
      if (entries.length === 0) return answer;
      if (round > rounds) throw new HubError('internal', 'the hub does not carry out the mark', true);
      isSure = true;
      for (let from = 0; from < entries.length; from += idsAtOnce) {
        const next = entries.slice(from, from + idsAtOnce);
        const last = next.map(stateOf).reduce(later, later(state().position, answer.position));
        // While other changes are being written, no position that is known reaches the items.
        const more = await this.#send(
          marking,
          { ids: next.map(({ item }) => item.id) },
          round > 1 ? '' : last,
        );
        isSure &&= more.isCertain;
        answer = { ...more.answer, changed: answer.changed + more.answer.changed };
      }
    }
  }

  /** Marks do no harm twice: items that the first one changed are then newer than `upTo`. */
  async #send(marking: Marking, named: MarkInput, last: string): Promise<Sent> {
    const { persist, apply, state } = this.#ports;
    const answer = await persist(marking, upTo(named, last));
    const { changed, counts, position } = answer;
    const before = state();
    const done = { type: 'ownMark', named, flags: flags[marking], position, upTo: last || position } as const;
    const { entries } = reduce(before, done);
    const isLeft = ({ item }: Entry) => (marking === 'feed:read' ? item.unread : !item.seen);
    const isCertain = named.all
      ? counts[marking === 'feed:read' ? 'unread' : 'unseen'] <= entries.filter(isLeft).length
      : entries.filter(({ item }, index) => item !== before.entries[index]?.item).length === changed;
    if (isCertain) apply(done);
    return { answer, isCertain };
  }

  /** Counts are taken where the items are what they were counted from; else they come with what is asked then. */
  #counted(answer: MarkAnswer): MarkAnswer {
    const { counts, position } = answer;
    this.#ports.apply({ type: 'counts', push: { ...counts, position }, isAnswer: true });
    return answer;
  }

  #doubt({ upTo }: PendingMark): void {
    this.#ports.apply({ type: 'broken', from: upTo });
    this.#ports.suspect();
  }
}

const namedBy = ({ ids }: PendingMark): MarkInput => (ids ? { ids: [...ids] } : { all: true });

/** What changed after the position is left alone; `''`: nothing is. */
const upTo = (named: MarkInput, position: string): MarkInput =>
  position === '' ? named : { ...named, position };
