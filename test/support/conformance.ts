/** The scenarios of test/conformance, and what is compared with what they expect. */
import { readFileSync } from 'node:fs';
import { defineHandler, type HubDefinition } from '../../core/definition.ts';
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
  /** Seconds, of actions that name none. */
  groupingDelay: number;
  steps: ScenarioStep[];
  expect: Outcome;
}

const path = new URL('../conformance/scenarios.json', import.meta.url);
export const scenarios = JSON.parse(readFileSync(path, 'utf8')) as Scenario[];

/** What the scenarios were run with. */
export const hubOfScenarios: HubDefinition = {
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

const lineOf = ({ actor, verb, targets, related, level }: Action): string =>
  [actor ? name(actor) : '', verb, names(targets), names(related), level].join('|');

export const linesOf = (actions: readonly Action[]): string[] => actions.map(lineOf).sort();

export const feedOf = (items: readonly FeedItem[]): string[] => linesOf(items.map((item) => item.action));

export const unreadOf = (items: readonly FeedItem[]): string[] => feedOf(items.filter((item) => item.unread));
