/** Whatever a peer can make grow, and how far. */
export const limits = {
  /** Actions in one batch. */
  batch: 500,
  /** Bytes of one HTTP body or one socket event. */
  payload: 1_048_576,
  /** Characters of a token: a thousand objects it may name find room. */
  token: 49_152,
  /** Bad fields that one answer tells of. */
  fields: 20,
  /** Targets, and related objects, of one action as it is logged. */
  refs: 500,
  /** Bytes of one action's data as JSON. */
  data: 65_536,
  /** Levels of nesting in data. */
  dataDepth: 32,
  /** User ids in `notify`. */
  notify: 1_000,
  /** Objects in one track or untrack call. */
  track: 1_000,
  /** Verbs of one tracker or filter. */
  verbs: 100,
  /** Ids in one mark. */
  marks: 1_000,
  /** Entries of one page. */
  page: 100,
  /** Entries of one answer to `feed:changes`. */
  changes: 500,
  /** Above this the counts are capped. */
  counts: 999,
  /** Milliseconds a caller waits with `wait=1` before it gets 202 after all. */
  wait: 30_000,
  /** Milliseconds an action's timestamp may be ahead. */
  ahead: 300_000,
} as const;
