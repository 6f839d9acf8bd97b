/** A client with the real SDK. It shows its feed and optionally logs and marks. */
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '../../client-sdk/client/src/connect.ts';
import type { FeedSnapshot } from '../../client-sdk/client/src/feed/state.ts';
import type { Hub } from '../../client-sdk/client/src/hub.ts';
import { HubError } from '../../client-sdk/common/hub-error.ts';
import type { LoggedInput } from '../journal.ts';
import type { Random } from '../random.ts';
import { userToken } from '../system/tokens.ts';
import { mayBeBumped } from '../verbs.ts';
import type { LoadDeps } from './actor.ts';
import { toMarkedItems } from './busy-user.ts';
import { planMove } from './snoozes.ts';

/** Retries after the SDK's own. */
const MAX_ATTEMPTS = 100;
const MAX_MARKED = 3;

export class SdkClient {
  readonly user: string;
  readonly #deps: LoadDeps;
  readonly #random: Random;
  readonly #hub: Hub;
  /** Snoozed items. They return at an unknown time, and are left alone from then on. */
  readonly #snoozedIds = new Set<string>();
  #count = 0;

  constructor(deps: LoadDeps, user: string, url: string, random: Random) {
    this.user = user;
    this.#deps = deps;
    this.#random = random;
    this.#hub = connect(url, { token: () => userToken(user) });
    this.#hub.feed.subscribe(() => undefined);
  }

  snapshot(): FeedSnapshot {
    return this.#hub.feed.getSnapshot();
  }

  get state(): string {
    return this.#hub.connection.getSnapshot();
  }

  async run(everyMs: number, options: { log: boolean; mark: boolean }): Promise<void> {
    const { stopped, tally } = this.#deps;
    try {
      for (;;) {
        await sleep(this.#random.int(0, 2 * everyMs), undefined, { signal: stopped }).catch(() => undefined);
        if (stopped.aborted) return;
        if (options.log) await this.#log();
        if (options.mark) await this.#mark();
      }
    } catch (error) {
      tally.unexpected.push(`SDK client of ${this.user}: ${error}`);
    }
  }

  close(): void {
    this.#hub.close();
  }

  async #log(): Promise<void> {
    this.#count += 1;
    const marker = `sdk.${this.user}.${this.#count}`;
    const targets = this.#random.chance(0.5) ? [this.#random.pick(this.#deps.participants.projects)] : [];
    const input: LoggedInput = { marker, verb: 'posted', targets, related: [], notify: [], timestamp: null };
    const sentAt = Date.now();
    const actor = { type: 'user', id: this.user };
    const sent = { actor, verb: input.verb, targets: toRefs(targets), data: { n: [marker] }, key: marker };
    const { ids } = await this.#retry('log', () => this.#hub.log(sent));
    this.#deps.tally.accepted += ids.length;
    const step = { kind: 'log' as const, inputs: [input], ids, sentAt, answeredAt: Date.now() };
    this.#deps.journal.ofActor(this.user).push(step);
  }

  /** Verbs that nothing merges into: such an item does not change any more, so the mark stays. */
  async #mark(): Promise<void> {
    const unread = this.snapshot().items.filter(
      ({ id, unread, action }) => unread && !mayBeBumped(action.verb) && !this.#snoozedIds.has(id),
    );
    if (unread.length === 0) return;
    const listed = this.#random.sample(unread, this.#random.int(1, MAX_MARKED));
    const ids = listed.map(({ id }) => id);
    const items = toMarkedItems(listed);
    const { feed } = this.#hub;
    const steps = this.#deps.journal.ofUser(this.user);
    const how = this.#random.pick(['read', 'read', 'archive', 'snooze'] as const);
    if (how === 'read') {
      await this.#retry('markRead', () => feed.markRead(ids));
      steps.push({ kind: 'mark', mark: 'read', items, isCertain: true });
      return;
    }
    const plan = planMove(this.#random, how, true);
    if (how === 'archive') await this.#retry('archive', () => feed.archive(ids));
    else for (const id of ids) this.#snoozedIds.add(id);
    const isCertain = how === 'archive' || (await this.#snooze(ids, plan.until));
    steps.push({ kind: 'move', ...plan, items, isCertain });
    this.#deps.tally.countMoves(`sdk ${how}`, ids.length);
  }

  /** Returns false if the time has passed, perhaps after an earlier attempt. */
  async #snooze(ids: string[], until: number): Promise<boolean> {
    try {
      await this.#retry('snooze', () => this.#hub.feed.snooze(ids, new Date(until)));
      return true;
    } catch (thrown) {
      if (HubError.from(thrown).code !== 'invalid_input') throw thrown;
      return false;
    }
  }

  async #retry<T>(what: string, call: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await call();
      } catch (thrown) {
        const { code, retryable } = HubError.from(thrown);
        this.#deps.tally.countRefusal(`sdk ${what} ${code}`);
        if (!retryable || attempt === MAX_ATTEMPTS) throw thrown;
        await sleep(500);
      }
    }
  }
}

const toRefs = (objects: LoggedInput['targets']) => objects.map(({ type, id = '' }) => ({ type, id }));
