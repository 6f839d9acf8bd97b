/** A user who reads, marks, tracks and untracks over HTTP, one step after another. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ModelMark, ModelObject } from '../../dev/model/feed.ts';
import type { FeedPage, MarkAnswer, TrackersAnswer } from '../../protocol/entities.ts';
import type { UserStep } from '../journal.ts';
import type { Random } from '../random.ts';
import { userToken } from '../system/tokens.ts';
import type { LoadDeps } from './actor.ts';
import type { CallResult } from './retrying-client.ts';

const PAGE = 100;
const MAX_MARKED = 5;

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
        if (this.#random.chance(0.4)) await this.#toggleTopic();
        else await this.#mark();
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
    const path = `/v1/users/${this.#user}/feed?limit=${PAGE}`;
    const result = await this.#deps.client.repeat<FeedPage>({ path, token: this.#token });
    if (result.status >= 300) return this.#unexpected('list', result);
    const page = result.body;
    if (page.items.length === 0) return;
    if (page.nextCursor === null && !this.#unconfirmedMarks.has('unread') && this.#random.chance(0.2)) {
      return this.#send('read', page.items, { all: true, position: page.position }, true);
    }
    const mark = this.#random.pick(['read', 'read', 'seen', 'unread'] as const);
    if (this.#unconfirmedMarks.has(mark === 'unread' ? 'read or seen' : 'unread')) return;
    const items = this.#random.sample(page.items, this.#random.int(1, MAX_MARKED));
    // Others may merge into these actions later. A position keeps a late mark from undoing a bump.
    const isPositioned = items.some(({ action }) => action.verb === 'edited');
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
      items: items.map((item) => ({ action: item.action.id, at: Date.parse(item.at) })),
      // After several attempts, the response does not show the changes of the first one.
      isCertain: !isPositioned || (result.isFirstAttempt && changed === expectedChanges),
    });
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

function wouldChange({ unread, seen }: { unread: boolean; seen: boolean }, mark: ModelMark): boolean {
  if (mark === 'read') return unread;
  return mark === 'unread' ? !unread : unread && !seen;
}
