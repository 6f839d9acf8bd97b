/** Limits on everything that a client can make grow. */
export const limits = {
  /** Actions in one batch. */
  batch: 500,
  /** Bytes of one HTTP body or one socket event. */
  payload: 1_048_576,
  /** Characters of a token: enough for a claim of a thousand objects. */
  token: 49_152,
  /** Invalid fields reported in one response. */
  fields: 20,
  /** Targets, and related objects, of one logged action. */
  refs: 500,
  /** Bytes of one action's data as JSON. */
  data: 65_536,
  /** Levels of nesting in data. */
  dataDepth: 32,
  /** Characters of an action's excerpt. */
  body: 1_000,
  /** Characters of a URL. */
  url: 2_048,
  /** Buttons of an action, and characters of a button's id and label. */
  buttons: 3,
  buttonId: 64,
  buttonLabel: 100,
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
  /** Entries of one bulk tracker call, and objects in all entries. */
  trackers: 1_000,
  bulkTracked: 10_000,
  /** Objects watched by one connection. */
  watches: 100,
  /** Characters of an event's name, and of its note. */
  eventName: 100,
  eventNote: 255,
  /** Names in the event statistics of one user. */
  eventNames: 1_000,
  /** Characters of the path and the user agent in the recorded request of an event. Longer values are truncated. */
  requestPath: 2_048,
  requestAgent: 512,
  /** Objects in one call that registers their display. */
  objects: 1_000,
  /** Characters of a deleted object's description, and bytes of its serialization as JSON. */
  description: 255,
  serialization: 65_536,
  /** Entries of one page. */
  page: 100,
  /** Entries of one `feed:changes` response. */
  changes: 500,
  /** Above this the counts are capped. */
  counts: 999,
  /** Timeout (ms) of a call with `wait=1`, after which it gets 202. */
  wait: 30_000,
  /** Timeout (ms) of a handler's `press`. */
  press: 5_000,
  /** Milliseconds that an action's timestamp may be in the future. */
  timestampAhead: 300_000,
} as const;
