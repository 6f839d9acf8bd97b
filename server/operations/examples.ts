/** A valid request of a call, about the things of `subject`. */
export interface Example {
  /** By the names in the path. */
  path?: Readonly<Record<string, string>>;
  query?: Readonly<Record<string, string>>;
  body?: unknown;
}

/** What the examples are about. The access matrix replaces these texts by those of things that exist, or don't. */
export const subject = {
  /** A bare id. */
  user: 'ada',
  /** An object that the user tracks and that the action names. */
  object: 'project:p1',
  /** An action in the user's feed. Its actor is someone else. */
  action: '01KB0000000000000000ACT0N1',
  /** The action's item in that feed. */
  item: '01KB0000000000000000ACT0N1.ada',
  /** A button of that action, which can be pressed. */
  button: 'accept',
  /** The user's tracker of the object. */
  tracker: 'dHJhY2tlcg',
  letter: '01KB000000000000000DEADLET',
  token: 'eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl',
} as const;
