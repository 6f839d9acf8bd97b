/**
 * Carries out this client's own marks. One is
 * - waiting: shown, and its turn among the feed's requests has not come; it fails after `patience`
 * - sent: the hub has it, or gets it as soon as the connection is there; sent again where that breaks before the answer
 * - carried out, or refused: no longer shown over the state
 *
 * Where the page is left before that, it is sent at once, whatever comes of it.
 */
import type { MarkAnswer, MarkInput } from '../../../protocol/entities.ts';
import type { Call } from '../caller.ts';
import { HubError } from '../error.ts';
import { type Entry, type Flags, stateOf } from './entries.ts';
import type { FeedEvent } from './events.ts';
import { left, type PendingMark } from './pending.ts';
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

/** Ids in one call. */
const idsAtOnce = 1_000;

export interface MarkPorts {
  call: Call;
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
    const { call, apply, state, inTurn, patience } = this.#ports;
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
      const timer = setTimeout(() => fail(HubError.timeout(marking)), patience);
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
          const answer = await this.#carryOut(marking, mark, () => isOpen);
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

  async #carryOut(marking: Marking, mark: PendingMark, mayRepeat: () => boolean): Promise<MarkAnswer> {
    const { state, catchUp } = this.#ports;
    const send = (named: MarkInput, position: string): Promise<Sent> =>
      this.#send(marking, named, position, mayRepeat);
    const first = await send(namedBy(mark), mark.upTo);
    let { answer } = first;
    const isSure = first.isCertain && state().answered < mark.turn;
    if (isSure && left(mark, state().entries).length === 0) return this.#counted(answer);
    // An earlier mark of ours changed some of the items after `upTo`, so the hub left them; or an answer came in between,
    // and which of the items changed cannot be told. Once that is known, the same mark takes what did not change.
    this.#ports.apply({ type: 'broken', from: mark.upTo });
    await catchUp();
    const entries = left(mark, state().entries);
    for (let from = 0; from < entries.length; from += idsAtOnce) {
      const next = entries.slice(from, from + idsAtOnce);
      const last = next.map(stateOf).reduce(later, later(state().position, answer.position));
      const more = await send({ ids: next.map(({ item }) => item.id) }, last);
      if (more.isCertain) this.#counted(more.answer);
      else this.#doubt(mark);
      answer = { ...more.answer, changed: answer.changed + more.answer.changed };
    }
    return answer;
  }

  /** Marks do no harm twice: items that the first one changed are then newer than `upTo`. */
  async #send(marking: Marking, named: MarkInput, last: string, mayRepeat: () => boolean): Promise<Sent> {
    const { call, apply, state } = this.#ports;
    for (;;) {
      try {
        const answer = await call(marking, upTo(named, last));
        const { changed, counts, position } = answer;
        const before = state().entries;
        apply({ type: 'ownMark', named, flags: flags[marking], position, upTo: last || position });
        const { entries } = state();
        const isLeft = ({ item }: Entry) => (marking === 'feed:read' ? item.unread : !item.seen);
        const isCertain = named.all
          ? counts[marking === 'feed:read' ? 'unread' : 'unseen'] <= entries.filter(isLeft).length
          : entries.filter(({ item }, index) => item !== before[index]?.item).length === changed;
        return { answer, isCertain };
      } catch (thrown) {
        if (HubError.from(thrown).code !== 'disconnected' || !mayRepeat()) throw thrown;
      }
    }
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
