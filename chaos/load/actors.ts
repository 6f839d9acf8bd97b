/** One actor: logs, repeats itself, takes back, and deletes what is its own; one step after the other. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ModelObject } from '../../dev/model/feed.ts';
import type { ActorStep, Journal, LoggedInput } from '../journal.ts';
import type { Random } from '../random.ts';
import { serviceToken, userToken } from '../system/tokens.ts';
import type { Tally } from '../tally.ts';
import { type Calls, codeOf } from './calls.ts';
import { type Cast, DOCUMENTS, documentOf } from './cast.ts';

export interface LoadDeps {
  calls: Calls;
  cast: Cast;
  journal: Journal;
  tally: Tally;
  /** Aborted when the load ends. */
  stopped: AbortSignal;
}

interface Sent {
  key: string;
  body: unknown;
  ids: string[];
}

export class Actor {
  readonly #deps: LoadDeps;
  readonly #random: Random;
  readonly #actor: string;
  readonly #steps: ActorStep[];
  /** Whether it speaks through a backend, which may say when something happened and notify users. */
  readonly #isService: boolean;
  readonly #sent: Sent[] = [];
  /** Of what was logged alone, by ids: it never becomes part of anything else. */
  readonly #alone: string[] = [];
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

  /** The hub knows its keys no more. */
  forgetKeys(): void {
    this.#sent.splice(0);
  }

  /** Logs at once. */
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
    const dice = this.#random.int(1, 100);
    if (dice <= 50) await this.#log([this.#single()]);
    else if (dice <= 65) await this.#log([this.#isService ? this.#edit() : this.#single()]);
    else if (dice <= 80) await this.#log(this.#batch());
    else if (dice <= 88) await this.#again();
    else if (dice <= 91) await this.#contradict();
    else if (dice <= 97) await this.#recall();
    else await this.#delete();
  }

  #single(): LoggedInput {
    const { cast } = this.#deps;
    const random = this.#random;
    const verb = random.chance(0.05) ? 'whispered' : 'posted';
    const targets = random.chance(0.4) ? [random.pick(random.chance(0.5) ? cast.topics : cast.projects)] : [];
    if (this.#deleted.length > 0 && random.chance(0.1)) targets.push(random.pick(this.#deleted));
    const related = random.chance(0.3) ? [random.pick(cast.projects)] : [];
    const notify = this.#isService && random.chance(0.15) ? random.some(cast.users, random.int(1, 3)) : [];
    return this.#input({ verb, targets, related, notify });
  }

  #edit(): LoggedInput {
    const targets = this.#documents.length > 0 ? [this.#random.pick(this.#documents)] : [];
    const related = this.#random.chance(0.7) ? [this.#random.pick(this.#deps.cast.projects)] : [];
    const notify = this.#random.chance(0.1) ? [this.#random.pick(this.#deps.cast.users)] : [];
    return this.#input({ verb: 'edited', targets, related, notify });
  }

  #batch(): LoggedInput[] {
    const random = this.#random;
    const about = [random.pick(this.#deps.cast.projects)];
    return Array.from({ length: random.int(2, 6) }, () => {
      const verb = random.pick(['commented', 'closed', 'commented', 'posted', 'edited']);
      if (verb === 'edited' && this.#isService) return this.#edit();
      if (verb === 'posted' || verb === 'edited') return this.#single();
      return this.#input({ verb, targets: about, related: [], notify: [] });
    });
  }

  #input(input: Omit<LoggedInput, 'marker' | 'timestamp'>): LoggedInput {
    this.#count += 1;
    this.#lastTime = Math.max(this.#lastTime + 1, Date.now());
    const timestamp = this.#isService ? this.#lastTime : null;
    return { ...input, marker: `${this.#actor}.${this.#count}`, timestamp };
  }

  /** Returns whether feeds were up to date with it, where `wait` was asked for. */
  async #log(inputs: LoggedInput[], wait = false): Promise<boolean> {
    const actions = inputs.map((input) => this.#wired(input));
    const key = `key-${inputs[0]?.marker}`;
    const isBatch = inputs.length > 1;
    const body = isBatch
      ? { actions: actions.map((each, index) => ({ ...each, key: `${key}-${index}` })) }
      : { ...actions[0], key };
    const sentAt = Date.now();
    const answer = await this.#post(body, wait);
    if (answer.status >= 300) return this.#unexpected('log', answer);
    const ids = answer.body.ids as string[];
    this.#deps.tally.accepted += ids.length;
    this.#steps.push({ kind: 'log', inputs, ids, sentAt, answeredAt: Date.now() });
    this.#sent.push({ key, body, ids });
    if (!isBatch && inputs[0]?.verb !== 'edited') this.#alone.push(...ids);
    return answer.status === 200;
  }

  #wired({ marker, verb, targets, related, notify, timestamp }: LoggedInput): Record<string, unknown> {
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
    return this.#deps.calls.repeat({ method: 'POST', path, token: this.#token, body });
  }

  /** Sends what it sent before: the answer is the first one. */
  async #again(): Promise<void> {
    if (this.#sent.length === 0) return;
    const { body, ids, key } = this.#random.pick(this.#sent);
    const answer = await this.#post(body);
    if (String(answer.body.ids) !== String(ids)) this.#unexpected(`repeat of ${key}`, answer);
  }

  /** Sends other content under a key that it used: that is refused. */
  async #contradict(): Promise<void> {
    const singles = this.#sent.filter(({ ids }) => ids.length === 1);
    if (singles.length === 0) return;
    const { body, key } = this.#random.pick(singles);
    const answer = await this.#post({ ...(body as object), verb: 'contradicted' });
    if (answer.status === 409) this.#deps.tally.refuse(codeOf(answer.body));
    else this.#unexpected(`other content under ${key}`, answer);
  }

  /** Takes back something that stands alone, stored or not; or, once all is stored, what anything became part of. */
  async #recall(): Promise<void> {
    if (this.#random.chance(0.6)) {
      const id = this.#alone.splice(this.#random.int(0, Math.max(0, this.#alone.length - 1)), 1)[0];
      if (id !== undefined) await this.#takeBack(id);
      return;
    }
    if (this.#sent.length === 0 || !(await this.#log([this.#single()], true))) return;
    await this.#takeBack(this.#random.pick(this.#random.pick(this.#sent).ids));
  }

  async #takeBack(id: string): Promise<void> {
    const token = await serviceToken();
    const answer = await this.#deps.calls.repeat({ method: 'DELETE', path: `/v1/actions/${id}`, token });
    if (answer.status >= 300) this.#unexpected(`recall of ${id}`, answer);
    else this.#steps.push({ kind: 'recall', id });
  }

  /** Once all is stored: what merges into an action about the object goes with it only if it was merged before. */
  async #delete(): Promise<void> {
    const object = this.#documents.at(-1);
    if (!object || !(await this.#log([this.#single()], true))) return;
    const actions = this.#random.pick(['keep', 'delete'] as const);
    const path = `/v1/objects/${object.type}:${object.id}/deleted`;
    const token = await serviceToken();
    this.#documents = this.#documents.slice(0, -1);
    const answer = await this.#deps.calls.repeat({ method: 'POST', path, token, body: { actions } });
    if (answer.status >= 300) this.#unexpected(`deletion of ${path}`, answer);
    this.#steps.push({ kind: 'delete', object, actions });
    if (actions === 'keep') this.#deleted.push(object);
  }

  #unexpected(what: string, { status, body }: { status: number; body: unknown }): false {
    this.#deps.tally.unexpected.push(`${what}: ${status} ${JSON.stringify(body).slice(0, 300)}`);
    return false;
  }
}
