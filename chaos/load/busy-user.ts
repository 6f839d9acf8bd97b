/** A user who reads, marks, archives, snoozes, tracks and untracks over HTTP, one step after another. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ModelMark, ModelMove, ModelObject } from '../../dev/model/feed.ts';
import type { FeedPage, ItemState, MarkAnswer, TrackersAnswer } from '../../protocol/entities.ts';
import type { MarkedItem, UserStep } from '../journal.ts';
import type { Random } from '../random.ts';
import { userToken } from '../system/tokens.ts';
import { mayBeBumped } from '../verbs.ts';
import type { LoadDeps } from './actor.ts';
import type { CallResult } from './retrying-client.ts';
import { isLongSnooze, planMove } from './snoozes.ts';

const PAGE = 100;
const MAX_MARKED = 5;

/** Where a move takes its items from. */
const FROM: Record<ModelMove, ItemState> = {
  archive: 'inbox',
  snooze: 'inbox',
  unarchive: 'archived',
  unsnooze: 'snoozed',
};

export class BusyUser {
  readonly #deps: LoadDeps;
  readonly #random: Random;
  readonly #user: string;
  readonly #steps: UserStep[];
  readonly #trackedObjects = new Set<ModelObject>();
  /** The objects that it tracks and untracks. An attempt without a response may still arrive: such an object is skipped later. */
  #trackableTopics: ModelObject[];
  /** Marks whose earlier attempts got no response. These may arrive later, so the opposite mark is not sent any more. */
  readonly #unconfirmedMarks = new Set<'unread' | 'read or seen'>();
  #token = '';

  constructor(deps: LoadDeps, user: string, random: Random) {
    this.#deps = deps;
    this.#random = random;
    this.#user = user;
    this.#steps = deps.journal.ofUser(user);
    this.#trackableTopics = random.sample(deps.participants.topics, 3);
  }

  async run(everyMs: number): Promise<void> {
    this.#token = await userToken(this.#user);
    const { stopped, tally } = this.#deps;
    try {
      for (;;) {
        await sleep(this.#random.int(0, 2 * everyMs), undefined, { signal: stopped }).catch(() => undefined);
        if (stopped.aborted) return;
        const roll = this.#random.int(1, 100);
        if (roll <= 35) await this.#toggleTopic();
        else if (roll <= 70) await this.#mark();
        else await this.#move();
      }
    } catch (error) {
      tally.unexpected.push(`user ${this.#user}: ${error}`);
    }
  }

  async #toggleTopic(): Promise<void> {
    if (this.#trackableTopics.length === 0) return;
    const object = this.#random.pick(this.#trackableTopics);
    const isTracked = this.#trackedObjects.has(object);
    const sentAt = Date.now();
    const result = isTracked
      ? await this.#post<TrackersAnswer>('untrack', { from: object })
      : await this.#post<TrackersAnswer>('track', { to: object, actorOnly: false });
    if (result.status >= 300) return this.#unexpected('track or untrack', result);
    if (!result.isFirstAttempt)
      this.#trackableTopics = this.#trackableTopics.filter((each) => each !== object);
    const timing = { sentAt, answeredAt: Date.now() };
    if (isTracked) {
      this.#trackedObjects.delete(object);
      this.#steps.push({ kind: 'untrack', object, ...timing });
      return;
    }
    const { trackers } = result.body;
    this.#trackedObjects.add(object);
    const since = Date.parse(trackers[0]?.since ?? '');
    this.#steps.push({ kind: 'track', object, since, ...timing });
  }

  async #mark(): Promise<void> {
    const page = await this.#list('inbox');
    if (!page) return;
    if (page.nextCursor === null && !this.#unconfirmedMarks.has('unread') && this.#random.chance(0.2)) {
      return this.#send('read', page.items, { all: true, position: page.position }, true);
    }
    const mark = this.#random.pick(['read', 'read', 'seen', 'unread'] as const);
    if (this.#unconfirmedMarks.has(mark === 'unread' ? 'read or seen' : 'unread')) return;
    const items = this.#random.sample(page.items, this.#random.int(1, MAX_MARKED));
    // Others may merge into these actions later. A position keeps a late mark from undoing a bump.
    const isPositioned = items.some(({ action }) => mayBeBumped(action.verb));
    const ids = items.map(({ id }) => id);
    await this.#send(mark, items, { ids, ...(isPositioned && { position: page.position }) }, isPositioned);
  }

  async #send(mark: ModelMark, items: FeedPage['items'], body: object, isPositioned: boolean): Promise<void> {
    const result = await this.#post<MarkAnswer>(`feed/${mark}`, body);
    if (result.status >= 300) return this.#unexpected(mark, result);
    if (!result.isFirstAttempt) this.#unconfirmedMarks.add(mark === 'unread' ? mark : 'read or seen');
    const { changed } = result.body;
    const expectedChanges = items.filter((item) => wouldChange(item, mark)).length;
    this.#steps.push({
      kind: 'mark',
      mark,
      items: toMarkedItems(items),
      // After several attempts, the response does not show the changes of the first one.
      isCertain: !isPositioned || (result.isFirstAttempt && changed === expectedChanges),
    });
  }

  /** Always up to a position: a late attempt then changes nothing, because the items have changed since. */
  async #move(): Promise<void> {
    const move = this.#random.pick([
      'archive',
      'archive',
      'snooze',
      'snooze',
      'unarchive',
      'unsnooze',
    ] as const);
    // An earlier mark without a position may arrive after the move.
    if (move === 'archive' && this.#unconfirmedMarks.has('unread')) return;
    const page = await this.#list(FROM[move]);
    if (!page) return;
    const mayMoveAll = move === 'archive' && page.nextCursor === null && page.items.length <= MAX_MARKED;
    if (mayMoveAll) return this.#sendMove(move, page.items, { all: true }, page.position);
    // Nobody knows when exactly a short snooze ends.
    const movable = page.items.filter(
      ({ snoozedUntil }) => move !== 'unsnooze' || isLongSnooze(Date.parse(snoozedUntil ?? '')),
    );
    const items = this.#random.sample(movable, this.#random.int(1, MAX_MARKED));
    const ids = items.map(({ id }) => id);
    if (ids.length > 0) await this.#sendMove(move, items, { ids }, page.position);
  }

  async #sendMove(
    move: ModelMove,
    items: FeedPage['items'],
    selection: object,
    position: string,
  ): Promise<void> {
    // A bump would end a snooze before its time, which is known only if it is far away.
    const mayReturn =
      !this.#unconfirmedMarks.has('read or seen') && !items.some(({ action }) => mayBeBumped(action.verb));
    const plan = planMove(this.#random, move, mayReturn);
    const until = move === 'snooze' ? { until: new Date(plan.until).toISOString() } : {};
    const result = await this.#post<MarkAnswer>(`feed/${move}`, { ...selection, ...until, position });
    // The time has passed, by the clock of this gateway.
    const isTooLate = plan.returns && result.status === 400;
    if (isTooLate && result.isFirstAttempt) return;
    if (result.status >= 300 && !isTooLate) return this.#unexpected(move, result);
    const { changed } = result.body;
    this.#deps.tally.countMoves(plan.returns ? 'short snooze' : move, isTooLate ? 0 : changed);
    const isCertain = result.isFirstAttempt && changed === items.length;
    this.#steps.push({ kind: 'move', ...plan, items: toMarkedItems(items), isCertain });
  }

  /** Returns nothing if there are no items. */
  async #list(state: ItemState): Promise<FeedPage | null> {
    const path = `/v1/users/${this.#user}/feed?limit=${PAGE}&state=${state}`;
    const result = await this.#deps.client.repeat<FeedPage>({ path, token: this.#token });
    if (result.status >= 300) this.#unexpected('list', result);
    return result.status < 300 && result.body.items.length > 0 ? result.body : null;
  }

  #post<T>(what: string, body: object): Promise<CallResult<T>> {
    const path = `/v1/users/${this.#user}/${what}`;
    return this.#deps.client.repeat<T>({ method: 'POST', path, token: this.#token, body });
  }

  #unexpected(what: string, { status, body }: CallResult<unknown>): void {
    const text = `${what} of ${this.#user}: ${status} ${JSON.stringify(body).slice(0, 300)}`;
    this.#deps.tally.unexpected.push(text);
  }
}

export const toMarkedItems = (items: FeedPage['items']): MarkedItem[] =>
  items.map((item) => ({ action: item.action.id, at: Date.parse(item.at) }));

function wouldChange({ unread, seen }: { unread: boolean; seen: boolean }, mark: ModelMark): boolean {
  if (mark === 'read') return unread;
  return mark === 'unread' ? !unread : unread && !seen;
}
