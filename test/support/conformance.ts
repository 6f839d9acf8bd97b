/** The scenarios of test/conformance, and functions that format results for comparison. */
import { readFileSync } from 'node:fs';
import { defineHandler, type HubDefinition } from '../../config/definition.ts';
import type { Action, ActionInput, FeedItem, Ref } from '../../protocol/entities.ts';

type Logged = ActionInput & { actor: string; targets: string[]; related: string[] };

export type ScenarioStep =
  | { op: 'log'; batch: Logged[] }
  | { op: 'track'; user: string; to: string; verbs: string[]; actorOnly: boolean }
  | { op: 'untrack'; user: string; from: string }
  | { op: 'readAll'; user: string };

/** Lists of `actor|verb|targets|related|level`, sorted; users by their bare id. */
export interface Outcome {
  actions: string[];
  feeds: Record<string, string[]>;
  unread: Record<string, string[]>;
}

export interface Scenario {
  name: string;
  /** Seconds. Applies to actions that set no delay. */
  groupingDelay: number;
  steps: ScenarioStep[];
  expect: Outcome;
}

const path = new URL('../conformance/scenarios.json', import.meta.url);
export const scenarios = JSON.parse(readFileSync(path, 'utf8')) as Scenario[];

/** The settings with which the expected results were produced. */
export const scenarioHub: HubDefinition = {
  ownActions: 'unread',
  regroup: 'keep',
  handlers: [
    defineHandler({ verb: 'my_included_action', combineWith: { my_all_inclusive_action: () => true } }),
  ],
};

export const batchOf = ({ groupingDelay }: Scenario, batch: readonly Logged[]): ActionInput[] =>
  batch.map((action) => ({ groupingDelay, ...action }));

export const bare = (user: string): string => user.slice(user.indexOf(':') + 1);

const name = (ref: Ref): string => `${ref.type}:${ref.id}`;
const names = (refs: readonly Ref[]): string => refs.map(name).sort().join(',');

const describeAction = ({ actor, verb, targets, related, level }: Action): string =>
  [actor ? name(actor) : '', verb, names(targets), names(related), level].join('|');

export const describeActions = (actions: readonly Action[]): string[] => actions.map(describeAction).sort();

export const describeFeed = (items: readonly FeedItem[]): string[] =>
  describeActions(items.map((item) => item.action));

export const describeUnread = (items: readonly FeedItem[]): string[] =>
  describeFeed(items.filter((item) => item.unread));
