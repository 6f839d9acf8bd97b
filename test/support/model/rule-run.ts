/** A hub and the model beside it: whatever is done is done to both, and all they hold can be compared. */

import { keyOf, type ModelLogged } from '../../../dev/model/actions.ts';
import type { ModelItem, ModelObject } from '../../../dev/model/feed.ts';
import type { Action, DeletedRef, Ref } from '../../../protocol/entities.ts';
import type { Door, Tracked } from './door.ts';
import { ModelHub, type ModelRules } from './hub.ts';
import { opinionOf, type RuleStep, type Rules, sightOf } from './rule-steps.ts';
import type { Which } from './steps.ts';
import { users } from './world.ts';

const READABLE = 30;
/** Between every two steps: some things happen at once, and what is bumped later moves. */
const BETWEEN_MS = 7;

export class RuleRun {
  readonly door: Door;
  readonly model: ModelHub;
  /** Answers of the hub and of the model that are to be the same. */
  readonly answers: Array<{ hub: unknown; model: unknown }> = [];
  readonly #ids: string[] = [];
  #steps = 0;

  constructor(door: Door, rules: Rules) {
    this.door = door;
    this.model = new ModelHub(users, modelRules(rules));
  }

  async do(step: RuleStep): Promise<void> {
    this.#steps += 1;
    if (this.#steps % 2 === 0) this.door.wait(BETWEEN_MS);
    switch (step.do) {
      case 'log':
        return this.#log(step);
      case 'track':
        return this.#track(step);
      case 'untrack': {
        const { user, from, verbs } = step;
        this.#compare(await this.door.untrack(user, { from, verbs }), this.model.untrack(user, from, verbs));
        return;
      }
      case 'mark':
        return this.#mark(step);
      case 'recall': {
        const id = this.#ids[step.place % this.#ids.length];
        if (id === undefined) return;
        await this.door.recall(id);
        return void this.model.recall(id);
      }
      case 'delete': {
        const { object, actions } = step;
        const description = `the late ${keyOf(object)} (${actions})`;
        await this.door.delete(object, { description, actions });
        return this.model.delete(object, { description, actions });
      }
      case 'wait':
        this.door.wait(step.milliseconds);
    }
  }

  /** What the hub holds. */
  async held(): Promise<Held> {
    const held: Held = {
      actions: (await this.door.actions()).map(shown),
      feeds: {},
      withOwn: {},
      trackers: {},
    };
    for (const user of users) {
      held.feeds[user] = await this.door.feed(user);
      // One who was deleted has nobody any more to ask for it.
      if (!this.model.isDeletedUser(user)) {
        held.withOwn[user] = (await this.door.feed(user, { includeOwn: true })).items;
      }
      held.trackers[user] = (await this.door.trackers(user)).map(sorted).sort(byTracked);
    }
    return held;
  }

  /** What it should hold. */
  expected(): Held {
    const held: Held = {
      actions: this.model.actions().map((each) => this.#shown(each)),
      feeds: {},
      withOwn: {},
      trackers: {},
    };
    for (const user of users) {
      held.feeds[user] = { items: this.model.feed(user), counts: this.model.counts(user) };
      if (!this.model.isDeletedUser(user)) held.withOwn[user] = this.model.feedWithOwn(user);
      held.trackers[user] = this.model
        .trackersOf(user)
        .map(({ tracked, verbs, actorOnly, since }) =>
          sorted({ tracked: nameOf(tracked), verbs: [...verbs], actorOnly, since }),
        )
        .sort(byTracked);
    }
    return held;
  }

  async #log({ batch }: RuleStep & { do: 'log' }): Promise<void> {
    const now = this.door.now();
    const inputs = batch.map(({ ago, ...input }) => ({ ...input, at: now - ago }));
    const ids = await this.door.log(inputs);
    this.#ids.push(...ids);
    this.model.log(
      inputs.map(({ at, ...input }, index): ModelLogged => {
        const times = { timestamp: at, updatedAt: at };
        return { ...input, ...times, id: ids[index] ?? '', count: 1, notify: [...new Set(input.notify)] };
      }),
    );
  }

  async #track({ user, to, how: { verbs, actorOnly, ago } }: RuleStep & { do: 'track' }): Promise<void> {
    const since = ago === undefined ? undefined : this.door.now() - ago;
    const made = await this.door.track(user, { to, verbs, actorOnly, since });
    const how = { verbs, actorOnly, ...(since !== undefined && { since }) };
    this.#compare(made !== null, this.model.track(user, to, made ?? 0, how));
  }

  async #mark({ user, mark, which }: RuleStep & { do: 'mark' }): Promise<void> {
    const named = this.#named(which, user);
    const { changed, counts } = await this.door.mark(user, mark, named.input);
    const expected = this.model.mark(user, mark, named.isNamed);
    this.#compare({ changed, counts }, { changed: expected, counts: this.model.counts(user) });
  }

  #named(which: Which, user: string): { input: object; isNamed: (item: ModelItem) => boolean } {
    if (which.by === 'all') return { input: { all: true }, isNamed: () => true };
    if (which.by === 'until') {
      const until = this.door.now() - which.ago;
      return { input: { until: new Date(until).toISOString() }, isNamed: (item) => item.at <= until };
    }
    const feed = this.model.feed(user);
    const actions = which.places.map((place) => feed[place]?.action ?? `none${place}`);
    const ids = actions.map((action) => `${action}:${user}`);
    return { input: { ids }, isNamed: (item) => actions.includes(item.action) };
  }

  #compare(hub: unknown, model: unknown): void {
    this.answers.push({ hub, model });
  }

  #shown(action: ModelLogged): ShownAction {
    const named = (object: ModelObject) => nameWith(object, this.model.descriptionOf(object));
    const { id, verb, level, data, timestamp, updatedAt, count } = action;
    const actor = action.actor && named(action.actor);
    const [targets, related] = [action.targets.map(named).sort(), action.related.map(named).sort()];
    return { id, actor, verb, targets, related, level, data, timestamp, updatedAt, count };
  }
}

export interface Held {
  actions: ShownAction[];
  feeds: Record<string, Awaited<ReturnType<Door['feed']>>>;
  /** With the users' own actions. */
  withOwn: Record<string, ModelItem[]>;
  trackers: Record<string, Tracked[]>;
}

/** An action with its objects by name, and those that were deleted by what is left of them. */
interface ShownAction {
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

function shown({
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
}: Action): ShownAction {
  return {
    id,
    actor: actor && named(actor),
    verb,
    targets: targets.map(named).sort(),
    related: related.map(named).sort(),
    level,
    data,
    timestamp: Date.parse(timestamp),
    updatedAt: Date.parse(updatedAt),
    count,
  };
}

const named = (ref: Ref | DeletedRef): string => nameWith(ref, 'deleted' in ref ? ref.description : null);
const nameWith = (object: ModelObject, description: string | null): string =>
  description === null ? keyOf(object) : `${keyOf(object)}, ${description}`;
const nameOf = (tracked: ModelObject): string => (tracked.id === undefined ? tracked.type : keyOf(tracked));
const sorted = (tracker: Tracked): Tracked => ({ ...tracker, verbs: [...tracker.verbs].sort() });
const byTracked = (left: Tracked, right: Tracked): number => (left.tracked < right.tracked ? -1 : 1);

function modelRules(rules: Rules): ModelRules {
  return {
    readableLevel: READABLE,
    ownActions: rules.ownActions,
    regroup: rules.regroup,
    visible: sightOf(rules.sight),
    groupingDelay: (verb) => rules.delays[verb] ?? rules.groupingDelay,
    combineWith: (verb, other) => {
      const found = rules.combine.find((each) => each.verb === verb && each.other === other);
      return found ? opinionOf(found.opinion) : null;
    },
    group: (verb) => {
      const found = rules.group[verb];
      return found === undefined ? null : opinionOf(found);
    },
  };
}
