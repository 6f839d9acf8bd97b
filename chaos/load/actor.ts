/** An actor: logs, repeats requests, recalls its actions and deletes its objects, one step after another. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ModelObject } from '../../dev/model/feed.ts';
import type { ActorStep, Journal, LoggedInput } from '../journal.ts';
import type { Random } from '../random.ts';
import { serviceToken, userToken } from '../system/tokens.ts';
import type { Tally } from '../tally.ts';
import { DOCUMENTS, documentOf, type Participants } from './participants.ts';
import { codeOf, type RetryingClient } from './retrying-client.ts';

export interface LoadDeps {
  client: RetryingClient;
  participants: Participants;
  journal: Journal;
  tally: Tally;
  /** Aborts when the load ends. */
  stopped: AbortSignal;
}

interface SentRequest {
  key: string;
  body: unknown;
  ids: string[];
}

export class Actor {
  readonly #deps: LoadDeps;
  readonly #random: Random;
  readonly #actor: string;
  readonly #steps: ActorStep[];
  /** Whether it uses a service token, which may set timestamps and notify users. */
  readonly #isService: boolean;
  readonly #sentRequests: SentRequest[] = [];
  /** Actions that were logged alone, by id: they never merge into others. */
  readonly #ungroupedIds: string[] = [];
  #documents: ModelObject[];
  #deleted: ModelObject[] = [];
  #count = 0;
  #lastTime = 0;
  #token = '';

  constructor(deps: LoadDeps, actor: string, random: Random) {
    this.#deps = deps;
    this.#random = random;
    this.#actor = actor;
    this.#steps = deps.journal.ofActor(actor);
    this.#isService = random.chance(0.7);
    this.#documents = Array.from({ length: DOCUMENTS }, (_, index) => documentOf(actor, index));
  }

  /** The hub no longer knows its keys. */
  forgetKeys(): void {
    this.#sentRequests.splice(0);
  }

  /** Logs a batch now. */
  async burst(): Promise<void> {
    await this.#log(this.#batch());
  }

  /** `everyMs`: the mean time between two steps. */
  async run(everyMs: number): Promise<void> {
    this.#token = this.#isService ? await serviceToken() : await userToken(this.#actor);
    const { stopped, tally } = this.#deps;
    try {
      for (;;) {
        await sleep(this.#random.int(0, 2 * everyMs), undefined, { signal: stopped }).catch(() => undefined);
        if (stopped.aborted) return;
        await this.#step();
      }
    } catch (error) {
      tally.unexpected.push(`actor ${this.#actor}: ${error}`);
    }
  }

  async #step(): Promise<void> {
    const roll = this.#random.int(1, 100);
    if (roll <= 50) await this.#log([this.#single()]);
    else if (roll <= 65) await this.#log([this.#isService ? this.#edit() : this.#single()]);
    else if (roll <= 80) await this.#log(this.#batch());
    else if (roll <= 88) await this.#resend();
    else if (roll <= 91) await this.#reuseKey();
    else if (roll <= 97) await this.#recall();
    else await this.#delete();
  }

  #single(): LoggedInput {
    const { participants } = this.#deps;
    const random = this.#random;
    const verb = random.chance(0.05) ? 'whispered' : 'posted';
    const targets = random.chance(0.4)
      ? [random.pick(random.chance(0.5) ? participants.topics : participants.projects)]
      : [];
    if (this.#deleted.length > 0 && random.chance(0.1)) targets.push(random.pick(this.#deleted));
    const related = random.chance(0.3) ? [random.pick(participants.projects)] : [];
    const notify =
      this.#isService && random.chance(0.15) ? random.sample(participants.users, random.int(1, 3)) : [];
    return this.#createInput({ verb, targets, related, notify });
  }

  #edit(): LoggedInput {
    const targets = this.#documents.length > 0 ? [this.#random.pick(this.#documents)] : [];
    const related = this.#random.chance(0.7) ? [this.#random.pick(this.#deps.participants.projects)] : [];
    const notify = this.#random.chance(0.1) ? [this.#random.pick(this.#deps.participants.users)] : [];
    return this.#createInput({ verb: 'edited', targets, related, notify });
  }

  #batch(): LoggedInput[] {
    const random = this.#random;
    const targets = [random.pick(this.#deps.participants.projects)];
    return Array.from({ length: random.int(2, 6) }, () => {
      const verb = random.pick(['commented', 'closed', 'commented', 'posted', 'edited']);
      if (verb === 'edited' && this.#isService) return this.#edit();
      if (verb === 'posted' || verb === 'edited') return this.#single();
      return this.#createInput({ verb, targets: targets, related: [], notify: [] });
    });
  }

  #createInput(input: Omit<LoggedInput, 'marker' | 'timestamp'>): LoggedInput {
    this.#count += 1;
    this.#lastTime = Math.max(this.#lastTime + 1, Date.now());
    const timestamp = this.#isService ? this.#lastTime : null;
    return { ...input, marker: `${this.#actor}.${this.#count}`, timestamp };
  }

  /** Returns whether feeds are up to date, if `wait` is set. */
  async #log(inputs: LoggedInput[], wait = false): Promise<boolean> {
    const actions = inputs.map((input) => this.#toPayload(input));
    const key = `key-${inputs[0]?.marker}`;
    const isBatch = inputs.length > 1;
    const body = isBatch
      ? { actions: actions.map((each, index) => ({ ...each, key: `${key}-${index}` })) }
      : { ...actions[0], key };
    const sentAt = Date.now();
    const result = await this.#post(body, wait);
    if (result.status >= 300) return this.#unexpected('log', result);
    const ids = result.body.ids as string[];
    this.#deps.tally.accepted += ids.length;
    this.#steps.push({ kind: 'log', inputs, ids, sentAt, answeredAt: Date.now() });
    this.#sentRequests.push({ key, body, ids });
    if (!isBatch && inputs[0]?.verb !== 'edited') this.#ungroupedIds.push(...ids);
    return result.status === 200;
  }

  #toPayload({ marker, verb, targets, related, notify, timestamp }: LoggedInput): Record<string, unknown> {
    return {
      actor: { type: 'user', id: this.#actor },
      verb,
      targets,
      related,
      data: { n: [marker] },
      ...(notify.length > 0 && { notify }),
      ...(timestamp !== null && { timestamp: new Date(timestamp).toISOString() }),
    };
  }

  #post(body: unknown, wait = false) {
    const path = `/v1/actions${wait ? '?wait=1' : ''}`;
    return this.#deps.client.repeat({ method: 'POST', path, token: this.#token, body });
  }

  /** Repeats an earlier request: the response must be the first one. */
  async #resend(): Promise<void> {
    if (this.#sentRequests.length === 0) return;
    const { body, ids, key } = this.#random.pick(this.#sentRequests);
    const result = await this.#post(body);
    if (String(result.body.ids) !== String(ids)) this.#unexpected(`repeat of ${key}`, result);
  }

  /** Sends other content with a used key: the hub must reject it. */
  async #reuseKey(): Promise<void> {
    const singles = this.#sentRequests.filter(({ ids }) => ids.length === 1);
    if (singles.length === 0) return;
    const { body, key } = this.#random.pick(singles);
    const result = await this.#post({ ...(body as object), verb: 'contradicted' });
    if (result.status === 409) this.#deps.tally.countRefusal(codeOf(result.body));
    else this.#unexpected(`other content under ${key}`, result);
  }

  /** Recalls an action that never merges, stored or not; or, when all is stored, an action that others merged into. */
  async #recall(): Promise<void> {
    if (this.#random.chance(0.6)) {
      const id = this.#ungroupedIds.splice(
        this.#random.int(0, Math.max(0, this.#ungroupedIds.length - 1)),
        1,
      )[0];
      if (id !== undefined) await this.#recallAction(id);
      return;
    }
    if (this.#sentRequests.length === 0 || !(await this.#log([this.#single()], true))) return;
    await this.#recallAction(this.#random.pick(this.#random.pick(this.#sentRequests).ids));
  }

  async #recallAction(id: string): Promise<void> {
    const token = await serviceToken();
    const result = await this.#deps.client.repeat({ method: 'DELETE', path: `/v1/actions/${id}`, token });
    if (result.status >= 300) this.#unexpected(`recall of ${id}`, result);
    else this.#steps.push({ kind: 'recall', id });
  }

  /** Waits until all is stored: actions that merge into an action about the object are deleted only if they merged before. */
  async #delete(): Promise<void> {
    const object = this.#documents.at(-1);
    if (!object || !(await this.#log([this.#single()], true))) return;
    const actions = this.#random.pick(['keep', 'delete'] as const);
    const path = `/v1/objects/${object.type}:${object.id}/deleted`;
    const token = await serviceToken();
    this.#documents = this.#documents.slice(0, -1);
    const result = await this.#deps.client.repeat({ method: 'POST', path, token, body: { actions } });
    if (result.status >= 300) this.#unexpected(`deletion of ${path}`, result);
    this.#steps.push({ kind: 'delete', object, actions });
    if (actions === 'keep') this.#deleted.push(object);
  }

  #unexpected(what: string, { status, body }: { status: number; body: unknown }): false {
    this.#deps.tally.unexpected.push(`${what}: ${status} ${JSON.stringify(body).slice(0, 300)}`);
    return false;
  }
}
