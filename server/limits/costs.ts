/**
 * What calls cost. Logging takes points of the rate `log`, one per action; everything else takes points of the rate `call`:
 * about one for each query that a call needs. Every operation and every socket event must name its cost.
 */
import { limits } from '../../protocol/limits.ts';
import type { ClientEvent } from '../../protocol/sockets.ts';

export type RateKind = 'log' | 'call';

export interface CallInput {
  query: Readonly<Record<string, unknown>>;
  /** Not checked yet. */
  body: unknown;
}

export interface Price {
  points: number;
  /** Few of these run at once: they may occupy a database connection for a second. */
  isHeavy: boolean;
  /** The answer may have megabytes. */
  isLarge?: boolean;
  /** What every client asks when it connects, so that hundreds come at once after a network failed. */
  isPage?: boolean;
}

export interface Cost {
  kind: RateKind;
  of(input: CallInput): Price;
}

const FILTERS = [
  'actor',
  'includeOwn',
  'level',
  'name',
  'object',
  'related',
  'target',
  'type',
  'user',
  'verb',
  'verbs',
];
/** A filtered list may look through many entries to find one. */
const FILTERED = 20;
/** Entries that are written or rendered for one point. */
const PER_POINT = 10;

const costOf = (of: (input: CallInput) => Price): Cost => ({ kind: 'call', of });
const light = (points: number): Price => ({ points, isHeavy: false });
const heavy = (points: number): Price => ({ points, isHeavy: true });
const large = (price: Price): Price => ({ ...price, isLarge: true });

/** The field of a body that nobody has checked yet. */
const fieldOf = (body: unknown, name: string): unknown =>
  typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
const lengthOf = (value: unknown): number => (Array.isArray(value) ? value.length : 1);

export const call = (points: number): Cost => costOf(() => light(points));
export const heavyCall = (points: number): Cost => costOf(() => heavy(points));
export const largeCall = (points: number): Cost => costOf(() => large(light(points)));

/** Outside of all rates. */
export const free: Cost = call(0);

/** A page of a list, which costs more with a filter. */
export const page = (points: number): Cost =>
  costOf(({ query }) =>
    large(FILTERS.some((name) => query[name] !== undefined) ? heavy(FILTERED) : light(points)),
  );

/** What a client asks when it connects, where nothing is filtered. */
export const firstPage = (points: number): Cost => {
  const priced = page(points);
  return costOf((input) => {
    const price = priced.of(input);
    return { ...price, isPage: !price.isHeavy && input.query.cursor === undefined };
  });
};
export const catchUp = (points: number): Cost => costOf(() => ({ ...large(light(points)), isPage: true }));

/** One point for each ten entries of a field, beside the first point. */
export const perEntry = (field: string): Cost =>
  costOf(({ body }) => {
    const points = 1 + Math.ceil(lengthOf(fieldOf(body, field)) / PER_POINT);
    return { points, isHeavy: points >= FILTERED };
  });

/** As one call of `track` for each entry. */
export const bulkTrackers: Cost = costOf(({ body }) => {
  const entries = fieldOf(body, 'trackers');
  const objects = (Array.isArray(entries) ? entries : []).map((each) => lengthOf(fieldOf(each, 'to')));
  return heavy(1 + Math.ceil(objects.reduce((sum, each) => sum + each, 0) / PER_POINT));
});

/** A mark of everything goes through the whole feed. */
export const marking: Cost = costOf(({ body }) =>
  fieldOf(body, 'ids') === undefined ? heavy(FILTERED) : light(2),
);

/** One point of the rate `log` for each action. A batch that is too long is refused for that, not for its cost. */
export const logged: Cost = {
  kind: 'log',
  of: ({ body }) => {
    const actions = Array.isArray(body) ? body : fieldOf(body, 'actions');
    return light(Math.min(Math.max(1, lengthOf(actions)), limits.batch));
  },
};

export const eventCosts: Record<ClientEvent, Cost> = {
  log: logged,
  track: perEntry('to'),
  untrack: perEntry('from'),
  'feed:list': firstPage(2),
  'feed:changes': catchUp(3),
  'feed:read': marking,
  'feed:unread': marking,
  'feed:seen': marking,
  watch: largeCall(3),
  unwatch: call(1),
  event: call(1),
  auth: call(1),
};
