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
  /** Actions in one call of `render`. */
  render: 100,
  /** Ids in one mark. */
  marks: 1_000,
  /** Entries of one bulk call of trackers, and objects in all of them. */
  trackers: 1_000,
  trackedAtOnce: 10_000,
  /** Objects watched by one connection. */
  watches: 100,
  /** Characters of an event's name, and of its note. */
  eventName: 100,
  eventNote: 255,
  /** Names that the statistics of one user's events tell of. */
  eventNames: 1_000,
  /** Characters of the path and of the agent in the record of an event's request; what is longer is cut. */
  requestPath: 2_048,
  requestAgent: 512,
  /** Characters of a deleted object's description, and bytes of its serialization as JSON. */
  description: 255,
  serialization: 65_536,
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
