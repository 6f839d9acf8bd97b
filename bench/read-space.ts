/** A space of its own with feeds of different sizes, and the calls that read them, by the hub and by hand. */
import type { Socket } from 'socket.io-client';
import { asPosition, wallClock } from '../core/model/units.ts';
import type { ActionDoc } from '../infra/mongo/actions/document.ts';
import type { ItemDoc } from '../infra/mongo/items/document.ts';
import type { Counts, FeedChanges, FeedPage } from '../protocol/entities.ts';
import { documentsOf } from './bare/documents.ts';
import type { Bench } from './bench.ts';
import { connect, HubClient, trackAs } from './client.ts';
import { type FilledFeed, filledAction, filledItems } from './feed-fill.ts';
import { HttpCalls } from './http-calls.ts';
import { hubCollection, insertBatches } from './raw-collection.ts';
import { faultOf } from './tally.ts';

const SPACE = 'reads';
const OBJECT = 'project:reads';
const PAGE = 20;
/** Changes that a client has missed. */
const CHANGES = 20;
/** The counts of the hub stop here. */
const COUNT_LIMIT = 1_000;
/** Only the newest items have actions: nobody reads further. */
const STORED_ACTIONS = 1_000;
const FILL_BATCH = 20_000;

type Feed = 'few' | 'many' | 'capped';

/** Unread items at the start. The small and the large feed have the same number, so only their sizes differ. */
export const UNREAD: Record<Feed, number> = { few: 100, many: 100, capped: 2_000 };

interface ReadSpace {
  hub: HubClient;
  database: { mongo: Bench['environment']['mongo']; database: string };
  /** Logs actions that are in the feeds of all readers. */
  logChanges(readers: readonly FeedReader[]): Promise<void>;
  drop(): Promise<void>;
}

export async function openReadSpace({
  hub: { url },
  environment,
  sizes,
  progress,
}: Bench): Promise<ReadSpace> {
  const hub = new HubClient(url, environment.env.HUBBUB_JWT_SECRET, SPACE);
  const database = { mongo: environment.mongo, database: `${environment.database}-${SPACE}` };
  const size: Record<Feed, number> = { few: sizes.fewItems, many: sizes.manyItems, capped: UNREAD.capped };
  const feeds = Object.keys(size) as Feed[];
  for (const user of feeds) await trackAs(hub, user, OBJECT);

  progress(`reads: creating ${sizes.manyItems} items`);
  const items = hubCollection(database, 'items');
  for (const user of feeds) {
    const feed: FilledFeed = { user, size: size[user], unread: UNREAD[user] };
    for (let first = 0; first < feed.size; first += FILL_BATCH) {
      await insertBatches(items, filledItems(feed, first, FILL_BATCH));
    }
  }
  const actions = Array.from({ length: STORED_ACTIONS }, (_, n) => {
    const sent = {
      to: [],
      actor: `user:${n % 50}`,
      verb: 'closed',
      related: OBJECT,
      data: { title: `Fix ${n}` },
    };
    return { ...documentsOf(filledAction(n), sent).action, pos: asPosition(wallClock()) };
  });
  await insertBatches(hubCollection(database, 'actions'), actions);

  return {
    hub,
    database,
    async logChanges(readers) {
      for (const reader of readers) await reader.rememberPosition();
      const logged = Array.from({ length: CHANGES }, (_, n) => ({
        actor: `user:reads-${n}`,
        verb: 'closed',
        targets: `issue:${n}`,
        related: OBJECT,
        data: { title: `Fix ${n}` },
      }));
      await hub.logAndWait(logged, 'reads-changes');
    },
    async drop() {
      await database.mongo.db(database.database).dropDatabase();
    },
  };
}

interface Ack<T> {
  ok: boolean;
  data?: T;
}

/** The reads of one feed. Each checks the size of its result. */
export class FeedReader {
  readonly faults = new Set<string>();
  readonly #user: Feed;
  readonly #socket: Socket;
  readonly #http: HttpCalls;
  readonly #items: ReturnType<typeof hubCollection<'items'>>;
  readonly #actions: ReturnType<typeof hubCollection<'actions'>>;
  #position = '';

  private constructor(space: ReadSpace, user: Feed, socket: Socket, token: string) {
    this.#user = user;
    this.#socket = socket;
    this.#http = new HttpCalls(space.hub.url, token);
    this.#items = hubCollection(space.database, 'items');
    this.#actions = hubCollection(space.database, 'actions');
  }

  static async open(space: ReadSpace, user: Feed): Promise<FeedReader> {
    const token = await space.hub.token(user);
    return new FeedReader(space, user, await connect(space.hub.url, { token }), token);
  }

  async rememberPosition(): Promise<void> {
    this.#position = (await this.#call<FeedPage>('feed:list', { limit: 1 })).position;
  }

  async page(): Promise<void> {
    this.#check(
      'items of a page',
      PAGE,
      (await this.#call<FeedPage>('feed:list', { limit: PAGE })).items.length,
    );
  }

  async pageOverHttp(): Promise<void> {
    const page = (await this.#http.get(`/v1/users/${this.#user}/feed?limit=${PAGE}`)) as FeedPage;
    this.#check('items of a page', PAGE, page.items.length);
  }

  async barePage(): Promise<void> {
    const docs = await this.#items.find({ user: this.#user }).sort({ at: -1, _id: -1 }).limit(PAGE).toArray();
    this.#check('items of a bare page', PAGE, (await this.#join(docs)).length);
  }

  async counts(): Promise<void> {
    const counts = (await this.#http.get(`/v1/users/${this.#user}/feed/counts`)) as Counts;
    this.#check('unread items', Math.min(this.#unread, COUNT_LIMIT - 1), counts.unread);
  }

  async bareCounts(): Promise<void> {
    const filter = { user: this.#user, unread: true };
    const [unread] = await Promise.all([
      this.#items.countDocuments(filter, { limit: COUNT_LIMIT }),
      this.#items.countDocuments({ ...filter, seen: false }, { limit: COUNT_LIMIT }),
    ]);
    this.#check('unread items by hand', Math.min(this.#unread, COUNT_LIMIT), unread);
  }

  async changes(): Promise<void> {
    const { items } = await this.#call<FeedChanges>('feed:changes', { position: this.#position });
    this.#check('changes', CHANGES, items.length);
  }

  async bareChanges(): Promise<void> {
    const since = Number.parseInt(this.#position, 10);
    const filter = { user: this.#user, pos: { $gt: since } };
    const docs = await this.#items.find(filter).sort({ pos: 1, _id: 1 }).limit(501).toArray();
    this.#check('bare changes', CHANGES, (await this.#join(docs)).length);
  }

  close(): void {
    this.#socket.disconnect();
    this.#http.close();
  }

  /** The logged changes are unread too. */
  get #unread(): number {
    return UNREAD[this.#user] + CHANGES;
  }

  async #join(items: readonly ItemDoc[]): Promise<ActionDoc[]> {
    return await this.#actions.find({ _id: { $in: items.map(({ action }) => action) } }).toArray();
  }

  async #call<T>(event: string, payload: object): Promise<T> {
    const ack: Ack<T> = await this.#socket.emitWithAck(event, payload);
    if (!ack.ok || ack.data === undefined) throw new Error(`${event} was rejected: ${JSON.stringify(ack)}`);
    return ack.data;
  }

  #check(what: string, expected: number, distinct: number): void {
    const fault = faultOf(what, expected, { distinct });
    if (fault !== undefined) this.faults.add(fault);
  }
}
