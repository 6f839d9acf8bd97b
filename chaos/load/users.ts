/** One user who reads, marks, tracks and untracks over HTTP; one step after the other. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ModelMark, ModelObject } from '../../dev/model/feed.ts';
import type { FeedPage, MarkAnswer, TrackersAnswer } from '../../protocol/entities.ts';
import type { UserStep } from '../journal.ts';
import type { Random } from '../random.ts';
import { userToken } from '../system/tokens.ts';
import type { LoadDeps } from './actors.ts';
import type { Answer } from './calls.ts';

const PAGE = 100;
const MAX_MARKED = 5;

export class BusyUser {
  readonly #deps: LoadDeps;
  readonly #random: Random;
  readonly #user: string;
  readonly #steps: UserStep[];
  readonly #tracked = new Set<ModelObject>();
  /** What it tracks and untracks. An attempt that was not answered may still arrive: such an object is left alone. */
  #topics: ModelObject[];
  /** Attempts to mark that were not answered may arrive later: what says the opposite is not sent any more. */
  readonly #strays = new Set<'unread' | 'read or seen'>();
  #token = '';

  constructor(deps: LoadDeps, user: string, random: Random) {
    this.#deps = deps;
    this.#random = random;
    this.#user = user;
    this.#steps = deps.journal.ofUser(user);
    this.#topics = random.some(deps.cast.topics, 3);
  }

  async run(everyMs: number): Promise<void> {
    this.#token = await userToken(this.#user);
    const { stopped, tally } = this.#deps;
    try {
      for (;;) {
        await sleep(this.#random.int(0, 2 * everyMs), undefined, { signal: stopped }).catch(() => undefined);
        if (stopped.aborted) return;
        if (this.#random.chance(0.4)) await this.#turnTopic();
        else await this.#mark();
      }
    } catch (error) {
      tally.unexpected.push(`user ${this.#user}: ${error}`);
    }
  }

  async #turnTopic(): Promise<void> {
    if (this.#topics.length === 0) return;
    const object = this.#random.pick(this.#topics);
    const isTracked = this.#tracked.has(object);
    const sentAt = Date.now();
    const answer = isTracked
      ? await this.#post<TrackersAnswer>('untrack', { from: object })
      : await this.#post<TrackersAnswer>('track', { to: object, actorOnly: false });
    if (answer.status >= 300) return this.#unexpected('track or untrack', answer);
    if (!answer.isClean) this.#topics = this.#topics.filter((each) => each !== object);
    const said = { sentAt, answeredAt: Date.now() };
    if (isTracked) {
      this.#tracked.delete(object);
      this.#steps.push({ kind: 'untrack', object, ...said });
      return;
    }
    const { trackers } = answer.body;
    this.#tracked.add(object);
    const since = Date.parse(trackers[0]?.since ?? '');
    this.#steps.push({ kind: 'track', object, since, ...said });
  }

  async #mark(): Promise<void> {
    const path = `/v1/users/${this.#user}/feed?limit=${PAGE}`;
    const listed = await this.#deps.calls.repeat<FeedPage>({ path, token: this.#token });
    if (listed.status >= 300) return this.#unexpected('list', listed);
    const page = listed.body;
    if (page.items.length === 0) return;
    if (page.nextCursor === null && !this.#strays.has('unread') && this.#random.chance(0.2)) {
      return this.#send('read', page.items, { all: true, position: page.position }, true);
    }
    const mark = this.#random.pick(['read', 'read', 'seen', 'unread'] as const);
    if (this.#strays.has(mark === 'unread' ? 'read or seen' : 'unread')) return;
    const items = this.#random.some(page.items, this.#random.int(1, MAX_MARKED));
    // What others may be merged into later is marked as it was seen: a mark that comes late must not undo a bump.
    const isPositioned = items.some(({ action }) => action.verb === 'edited');
    const ids = items.map(({ id }) => id);
    await this.#send(mark, items, { ids, ...(isPositioned && { position: page.position }) }, isPositioned);
  }

  async #send(mark: ModelMark, items: FeedPage['items'], body: object, isPositioned: boolean): Promise<void> {
    const answer = await this.#post<MarkAnswer>(`feed/${mark}`, body);
    if (answer.status >= 300) return this.#unexpected(mark, answer);
    if (!answer.isClean) this.#strays.add(mark === 'unread' ? mark : 'read or seen');
    const { changed } = answer.body;
    const changing = items.filter((item) => wouldChange(item, mark)).length;
    this.#steps.push({
      kind: 'mark',
      mark,
      items: items.map((item) => ({ action: item.action.id, at: Date.parse(item.at) })),
      // Of several attempts the last one changes nothing, and does not tell what the first one changed.
      isCertain: !isPositioned || (answer.isClean && changed === changing),
    });
  }

  #post<T>(what: string, body: object): Promise<Answer<T>> {
    const path = `/v1/users/${this.#user}/${what}`;
    return this.#deps.calls.repeat<T>({ method: 'POST', path, token: this.#token, body });
  }

  #unexpected(what: string, { status, body }: Answer<unknown>): void {
    const text = `${what} of ${this.#user}: ${status} ${JSON.stringify(body).slice(0, 300)}`;
    this.#deps.tally.unexpected.push(text);
  }
}

function wouldChange({ unread, seen }: { unread: boolean; seen: boolean }, mark: ModelMark): boolean {
  if (mark === 'read') return unread;
  return mark === 'unread' ? !unread : unread && !seen;
}
