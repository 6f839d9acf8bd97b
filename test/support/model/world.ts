/** Generators over few users and objects, so that random calls often concern the same ones. */
import fc from 'fast-check';
import type { ModelObject } from '../../../dev/model/feed.ts';

export const users = ['ada', 'bob', 'cy'];
export const verbs = ['opened', 'closed', 'starred'];
const objects: ModelObject[] = [
  ...users.map((id) => ({ type: 'user', id })),
  { type: 'project', id: 'p1' },
  { type: 'project', id: 'p2' },
  { type: 'issue', id: 'i1' },
];
const classes: ModelObject[] = ['user', 'project', 'issue'].map((type) => ({ type }));

export const user = fc.constantFrom(...users);
export const verb = fc.constantFrom(...verbs);
export const object = fc.constantFrom(...objects);
export const trackable = fc.constantFrom(...objects, ...classes);
export const ownActions = fc.constantFrom('read' as const, 'unread' as const, 'hide' as const);
const set = <T>(of: fc.Arbitrary<T>, maxLength: number) => fc.uniqueArray(of, { maxLength });

export interface LoggedInput {
  actor: ModelObject | null;
  verb: string;
  targets: ModelObject[];
  related: ModelObject[];
  level: number;
  /** Milliseconds before now. */
  ago: number;
  notify: readonly string[];
}

export const logged: fc.Arbitrary<LoggedInput> = fc.record({
  actor: fc.option(object, { freq: 5 }),
  verb,
  targets: set(object, 3),
  related: set(object, 2),
  level: fc.constantFrom(30, 30, 30, 40, 10),
  ago: fc.constantFrom(0, 0, 0, 1, 1_500, 60_000),
  notify: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, set(user, 2)),
});

export const tracking = fc.record({
  verbs: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, set(verb, 2)),
  actorOnly: fc.boolean(),
  /** Milliseconds before now; `undefined`: not given. */
  ago: fc.constantFrom(undefined, undefined, 0, 1_000, 70_000, -5_000),
});

/** Small bounds, so that fan-out takes several chunks and checkpoints. */
export const bounds = fc.record({
  inline: fc.record({ trackers: fc.nat(4), items: fc.nat(6) }),
  chunkSize: fc.integer({ min: 1, max: 3 }),
  checkpointEvery: fc.integer({ min: 1, max: 3 }),
  connectedFirst: fc.nat(3),
});
