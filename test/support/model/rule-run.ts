/** Applies every step to a hub and to the model, and compares their whole state. */

import { keyOf, type ModelLoggedAction } from '../../../dev/model/actions.ts';
import type { ModelItem, ModelObject } from '../../../dev/model/feed.ts';
import type { Action, DeletedRef, Ref } from '../../../protocol/entities.ts';
import { ModelHub, type ModelRules, type ModelSelection } from './hub.ts';
import type { HubAdapter, Tracked } from './hub-adapter.ts';
import type { Which } from './mark-selection.ts';
import { predicateOf, type RuleStep, type Rules, visibilityOf } from './rule-steps.ts';
import { users } from './world.ts';

const READABLE = 30;
/** Time advances after every second step, so that some actions share a timestamp and later bumps move items. */
const STEP_MS = 7;

export class RuleRun {
  readonly adapter: HubAdapter;
  readonly model: ModelHub;
  /** Results of the hub and of the model, which must be equal. */
  readonly results: Array<{ hub: unknown; model: unknown }> = [];
  readonly #ids: string[] = [];
  #steps = 0;

  constructor(adapter: HubAdapter, rules: Rules) {
    this.adapter = adapter;
    this.model = new ModelHub(users, modelRules(rules));
  }

  async do(step: RuleStep): Promise<void> {
    this.#steps += 1;
    if (this.#steps % 2 === 0) await this.#wait(STEP_MS);
    switch (step.do) {
      case 'log':
        return this.#log(step);
      case 'track':
        return this.#track(step);
      case 'untrack': {
        const { user, from, verbs } = step;
        this.#compare(
          await this.adapter.untrack(user, { from, verbs }),
          this.model.untrack(user, from, verbs),
        );
        return;
      }
      case 'mark':
        return this.#mark(step);
      case 'recall': {
        const id = this.#ids[step.index % this.#ids.length];
        if (id === undefined) return;
        await this.adapter.recall(id);
        return void this.model.recall(id);
      }
      case 'register': {
        await this.adapter.register(step.object, step.name);
        return this.model.register(step.object, step.name);
      }
      case 'delete': {
        const { object, actions } = step;
        const description = `the late ${keyOf(object)} (${actions})`;
        await this.adapter.delete(object, { description, actions });
        return this.model.delete(object, { description, actions });
      }
      case 'move':
        return this.#move(step);
      case 'wait':
        return this.#wait(step.milliseconds);
    }
  }

  /** The state of the hub. */
  async storedState(): Promise<HubState> {
    const state: HubState = {
      actions: (await this.adapter.actions()).map(snapshot),
      feeds: {},
      all: {},
      withOwn: {},
      trackers: {},
    };
    for (const user of users) {
      state.feeds[user] = await this.adapter.feed(user);
      state.all[user] = (await this.adapter.feed(user, { state: 'all' })).items;
      // A deleted user cannot list the feed.
      if (!this.model.isDeletedUser(user)) {
        state.withOwn[user] = (await this.adapter.feed(user, { includeOwn: true })).items;
      }
      state.trackers[user] = (await this.adapter.trackers(user)).map(sorted).sort(byTracked);
    }
    return state;
  }

  /** The state of the model. */
  expected(): HubState {
    const state: HubState = {
      actions: this.model.actions().map((each) => this.#snapshot(each)),
      feeds: {},
      all: {},
      withOwn: {},
      trackers: {},
    };
    for (const user of users) {
      state.all[user] = this.model.all(user);
      state.feeds[user] = { items: this.model.feed(user), counts: this.model.counts(user) };
      if (!this.model.isDeletedUser(user)) state.withOwn[user] = this.model.feedWithOwn(user);
      state.trackers[user] = this.model
        .trackersOf(user)
        .map(({ tracked, verbs, actorOnly, since }) =>
          sorted({ tracked: nameOf(tracked), verbs: [...verbs], actorOnly, since }),
        )
        .sort(byTracked);
    }
    return state;
  }

  async #log({ batch }: RuleStep & { do: 'log' }): Promise<void> {
    const now = this.adapter.now();
    const inputs = batch.map(({ ago, ...input }) => ({ ...input, at: now - ago }));
    const ids = await this.adapter.log(inputs);
    this.#ids.push(...ids);
    this.model.log(
      inputs.map(({ at, ...input }, index): ModelLoggedAction => {
        const times = { timestamp: at, updatedAt: at };
        return { ...input, ...times, id: ids[index] ?? '', count: 1, notify: [...new Set(input.notify)] };
      }),
    );
  }

  async #track({ user, to, how: { verbs, actorOnly, ago } }: RuleStep & { do: 'track' }): Promise<void> {
    const since = ago === undefined ? undefined : this.adapter.now() - ago;
    const createdAt = await this.adapter.track(user, { to, verbs, actorOnly, since });
    const options = { verbs, actorOnly, ...(since !== undefined && { since }) };
    this.#compare(createdAt !== null, this.model.track(user, to, createdAt ?? 0, options));
  }

  async #mark({ user, mark, which }: RuleStep & { do: 'mark' }): Promise<void> {
    const selection = this.#selectionOf(which, user);
    const { changed, counts } = await this.adapter.mark(user, mark, selection.input);
    const expected = this.model.mark(user, mark, selection);
    this.#compare({ changed, counts }, { changed: expected, counts: this.model.counts(user) });
  }

  async #move({ user, move, which, milliseconds }: RuleStep & { do: 'move' }): Promise<void> {
    const selection = this.#selectionOf(which, user);
    const until = this.adapter.snoozeEnd(milliseconds);
    const input =
      move === 'snooze' ? { ...selection.input, until: new Date(until).toISOString() } : selection.input;
    const { changed, counts } = await this.adapter.mark(user, move, input);
    const expected = this.model.move(user, move, selection, until);
    this.#compare({ changed, counts }, { changed: expected, counts: this.model.counts(user) });
  }

  async #wait(milliseconds: number): Promise<void> {
    this.adapter.wait(milliseconds);
    this.model.endSnoozes(this.adapter.now());
    await this.adapter.endSnoozes();
  }

  #selectionOf(which: Which, user: string): ModelSelection & { input: object } {
    if (which.by === 'all') return { input: { all: true }, isNamed: () => true, byIds: false };
    if (which.by === 'until') {
      const until = this.adapter.now() - which.ago;
      const input = { until: new Date(until).toISOString() };
      return { input, isNamed: (item) => item.at <= until, byIds: false };
    }
    const feed = this.model.all(user);
    const actions = which.indexes.map((index) => feed[index]?.action ?? `none${index}`);
    const ids = actions.map((action) => `${action}:${user}`);
    return { input: { ids }, isNamed: (item) => actions.includes(item.action), byIds: true };
  }

  #compare(hub: unknown, model: unknown): void {
    this.results.push({ hub, model });
  }

  #snapshot(action: ModelLoggedAction): ActionSnapshot {
    const describe = (object: ModelObject) =>
      describeObject(object, this.model.nameOf(object), this.model.descriptionOf(object));
    const { id, verb, level, data, timestamp, updatedAt, count } = action;
    const actor = action.actor && describe(action.actor);
    const [targets, related] = [action.targets.map(describe).sort(), action.related.map(describe).sort()];
    return { id, actor, verb, targets, related, level, data, timestamp, updatedAt, count };
  }
}

export interface HubState {
  actions: ActionSnapshot[];
  feeds: Record<string, Awaited<ReturnType<HubAdapter['feed']>>>;
  /** Feeds with the items in all states. */
  all: Record<string, ModelItem[]>;
  /** Feeds with the users' own actions. */
  withOwn: Record<string, ModelItem[]>;
  trackers: Record<string, Tracked[]>;
}

/** An action with its objects by key, registered name, and the description of deleted ones. */
interface ActionSnapshot {
  id: string;
  actor: string | null;
  verb: string;
  targets: string[];
  related: string[];
  level: number;
  data: object;
  timestamp: number;
  updatedAt: number;
  count: number;
}

function snapshot({
  id,
  actor,
  verb,
  targets,
  related,
  level,
  data,
  timestamp,
  updatedAt,
  count,
}: Action): ActionSnapshot {
  return {
    id,
    actor: actor && describeRef(actor),
    verb,
    targets: targets.map(describeRef).sort(),
    related: related.map(describeRef).sort(),
    level,
    data,
    timestamp: Date.parse(timestamp),
    updatedAt: Date.parse(updatedAt),
    count,
  };
}

const describeRef = (ref: Ref | DeletedRef): string =>
  describeObject(ref, ref.name, 'deleted' in ref ? ref.description : null);
const describeObject = (object: ModelObject, name: string | undefined, description: string | null): string =>
  [name === undefined ? keyOf(object) : `${keyOf(object)} named ${name}`, description ?? []]
    .flat()
    .join(', ');
const nameOf = (tracked: ModelObject): string => (tracked.id === undefined ? tracked.type : keyOf(tracked));
const sorted = (tracker: Tracked): Tracked => ({ ...tracker, verbs: [...tracker.verbs].sort() });
const byTracked = (left: Tracked, right: Tracked): number => (left.tracked < right.tracked ? -1 : 1);

function modelRules(rules: Rules): ModelRules {
  return {
    readableLevel: READABLE,
    ownActions: rules.ownActions,
    regroup: rules.regroup,
    visible: visibilityOf(rules.visibility),
    groupingDelay: (verb) => rules.delays[verb] ?? rules.groupingDelay,
    combineWith: (verb, other) => {
      const found = rules.combine.find((each) => each.verb === verb && each.other === other);
      return found ? predicateOf(found.predicate) : null;
    },
    group: (verb) => {
      const found = rules.group[verb];
      return found === undefined ? null : predicateOf(found);
    },
  };
}
