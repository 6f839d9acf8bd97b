/**
 * Sends this client's own marks. A mark is
 * - queued: shown already, but waiting behind the feed's other requests; it fails after `markTimeout`
 * - sent: sent, or sent as soon as there is a connection; retried if the connection breaks before the response, or
 *   while the hub is busy
 * - finished: succeeded or failed, and no longer overlaid on the state
 *
 * If the page is unloaded before a mark is finished, the mark is sent at once, without waiting for the response.
 */
import type { MarkAnswer, MarkInput, PressAnswer, PressInput } from '../../../../protocol/entities.ts';
import { HubError } from '../../../common/hub-error.ts';
import type { RpcCalls } from '../rpc-client.ts';
import { type Entries, type Entry, entryPosition, isInInbox } from './entries.ts';
import { type MarkKind, sendMark } from './mark-kinds.ts';
import { type PendingMark, unappliedEntries } from './pending-marks.ts';
import { type PressPorts, press } from './presses.ts';
import { reduce } from './reducer.ts';
import { laterPosition } from './version.ts';

interface SendResult {
  response: MarkAnswer;
  /** Whether the hub's result matches the local one: as many changes, or for `all` no more items left. */
  isConfirmed: boolean;
}

/** Attempts to send the remaining items of a mark. */
const maxAttempts = 3;
/** Ids per call. */
const idsBatchSize = 1_000;

export interface MarkPorts extends PressPorts, Pick<RpcCalls, 'timeoutError'> {
  /** Milliseconds that a mark may wait for the connection. */
  markTimeout: number;
  /** Calls `listener` when the page is being unloaded. Returns a function that unsubscribes. */
  onLeave(listener: () => void): (() => void) | undefined;
}

export class Marks {
  readonly #ports: MarkPorts;
  /** Functions that send the pending marks at once. */
  readonly #flushes = new Set<() => void>();
  readonly #stopListening: (() => void) | undefined;
  #lastId = 0;

  constructor(ports: MarkPorts) {
    this.#ports = ports;
    this.#stopListening = ports.onLeave(() => {
      for (const flush of this.#flushes) flush();
    });
  }

  /** Shows the mark at once and sends it. `ids` null: the whole inbox. */
  submit(kind: MarkKind, ids: readonly string[] | null): Promise<MarkAnswer> {
    this.#lastId += 1;
    const id = this.#lastId;
    const { call, timeoutError, apply, state, enqueue, markTimeout } = this.#ports;
    apply({ type: 'mark', id, ids: ids && new Set(ids), flags: kind.flags });
    const mark = state().pending?.marks.at(-1);
    const { entries } = state();
    const shownIds = ids ?? idsOf(entries.filter(({ item }) => isInInbox(item)));
    const unknownIds = new Set(ids);
    for (const { item } of entries) {
      if (unknownIds.size === 0) break;
      unknownIds.delete(item.id);
    }
    return new Promise((resolve, reject) => {
      let isPending = true;
      const finish = (error?: HubError): void => {
        clearTimeout(timer);
        this.#flushes.delete(flush);
        isPending = false;
        apply({ type: 'markFinished', id, error });
      };
      const fail = (error: HubError): void => {
        if (!isPending) return;
        finish(error);
        reject(error);
      };
      const timer = setTimeout(() => fail(timeoutError(kind.event)), markTimeout);
      const flush = (): void => {
        if (!mark) return;
        const selection = selectionOf(mark);
        // Named items are sent without a position: another pending mark may have changed them. If the page comes back,
        // the mark is sent again, which is idempotent.
        const input = mark.ids ? selection : withPosition(selection, mark.upTo);
        sendMark(call, kind, input).catch(() => undefined);
      };
      this.#flushes.add(flush);
      void enqueue(async () => {
        if (!isPending || !mark) return;
        // From here on each call has its own timeout.
        clearTimeout(timer);
        try {
          const response = await this.#submitUntilApplied(kind, mark, shownIds, unknownIds);
          if (!isPending) return;
          finish();
          resolve(response);
        } catch (thrown) {
          fail(HubError.from(thrown));
          // The hub may still have applied it, now or before the connection broke.
          this.#invalidateFrom(mark);
        }
      });
    });
  }

  /** Shows the press at once and sends it. */
  press(input: PressInput): Promise<PressAnswer> {
    this.#lastId += 1;
    return press(this.#ports, this.#lastId, input);
  }

  close(): void {
    this.#stopListening?.();
  }

  /**
   * Marks what the user was shown, in as many calls as needed. If fewer items changed on the hub than here, the result
   * is ambiguous: the hub may have applied the mark before a response was lost, or its items may have later positions
   * than those shown. So the changes are fetched, and the items that still have their old flags are sent again. So are
   * the items that were not loaded when the mark was made (`unknownIds`), or that a reload dropped since: the hub may
   * have skipped them, and the number of changes does not show it.
   */
  async #submitUntilApplied(
    kind: MarkKind,
    mark: PendingMark,
    shownIds: readonly string[],
    unknownIds: ReadonlySet<string>,
  ): Promise<MarkAnswer> {
    const { state, catchUp } = this.#ports;
    let { response, isConfirmed } = await this.#send(kind, selectionOf(mark), mark.upTo);
    isConfirmed &&=
      state().lastResponseSequence < mark.sequence && (mark.upTo === '' || unknownIds.size === 0);
    for (let attempt = 1; ; attempt += 1) {
      if (isConfirmed && unappliedEntries(mark, state().entries).length === 0)
        return this.#applyCounts(response);
      this.#ports.apply({ type: 'gap', from: mark.upTo });
      await catchUp();
      const entries = unappliedEntries(mark, state().entries);
      const loadedIds = new Set(idsOf(state().entries));
      // Sent again at most twice, because it remains unknown whether the hub applied the mark.
      const dropped = attempt > 2 ? [] : shownIds.filter((id) => unknownIds.has(id) || !loadedIds.has(id));
      const ids = [...idsOf(entries), ...dropped];
      if (ids.length === 0) return response;
      if (attempt > maxAttempts) throw new HubError('internal', 'the hub does not apply the mark', true);
      // While other changes are being written, no known position covers the items. So a later attempt sends none.
      const upToPosition =
        attempt > 1
          ? ''
          : entries
              .map(entryPosition)
              .reduce(laterPosition, laterPosition(state().position, response.position));
      isConfirmed = dropped.length === 0;
      for (let from = 0; from < ids.length; from += idsBatchSize) {
        const sent = await this.#send(kind, { ids: ids.slice(from, from + idsBatchSize) }, upToPosition);
        isConfirmed &&= sent.isConfirmed;
        response = { ...sent.response, changed: response.changed + sent.response.changed };
      }
    }
  }

  /** Idempotent: items that a first call changed are then newer than `upTo`. */
  async #send(kind: MarkKind, selection: MarkInput, upToPosition: string): Promise<SendResult> {
    const { callWithRetry, apply, state } = this.#ports;
    const response = await sendMark(callWithRetry, kind, withPosition(selection, upToPosition));
    const { changed, counts, position } = response;
    const previous = state();
    const ownMark = {
      type: 'ownMark',
      selection,
      flags: kind.flags,
      position,
      upTo: upToPosition || position,
    } as const;
    const { entries } = reduce(previous, ownMark);
    const isRead = kind.flags.unread === false;
    const isUnmarked = ({ item }: Entry) => isInInbox(item) && (isRead ? item.unread : !item.seen);
    const isConfirmed = selection.all
      ? counts[isRead ? 'unread' : 'unseen'] <= entries.filter(isUnmarked).length
      : entries.filter(({ item }, index) => item !== previous.entries[index]?.item).length === changed;
    if (isConfirmed) apply(ownMark);
    return { response, isConfirmed };
  }

  /** Applies the response's counts. Call it only if the items match them; otherwise the changes bring the counts. */
  #applyCounts(response: MarkAnswer): MarkAnswer {
    const { counts, position } = response;
    this.#ports.apply({ type: 'counts', push: { ...counts, position }, isResponse: true });
    return response;
  }

  #invalidateFrom({ upTo }: PendingMark): void {
    this.#ports.apply({ type: 'gap', from: upTo });
    this.#ports.invalidate();
  }
}

const idsOf = (entries: Entries): string[] => entries.map(({ item }) => item.id);

const selectionOf = ({ ids }: PendingMark): MarkInput => (ids ? { ids: [...ids] } : { all: true });

/** Limits the mark to items that did not change after `position`; `''`: no limit. */
const withPosition = (selection: MarkInput, position: string): MarkInput =>
  position === '' ? selection : { ...selection, position };
