export const followBounds = {
  /** Actions that are brought in, or taken out, before the answer: the longest page of a feed. */
  newest: 100,
  /** Objects of one call for which it is done: of more the answer would take too long. */
  objects: 10,
  /** Actions that a chore looks at together. */
  chunk: 500,
  /** Changes of one chore that are pushed one by one; of more the user's connections are told to reload, once. */
  pushed: 100,
};
