/** Costs of calls: logging charges the rate `log` one point per action, other calls the rate `call` about one per query. */
import { limits } from '../../protocol/limits.ts';

export type RateKind = 'log' | 'call';

export interface CallInput {
  query: Readonly<Record<string, unknown>>;
  /** Not validated yet. */
  body: unknown;
}

export interface Price {
  points: number;
  /** Heavy calls may occupy a database connection for a second, so only a few run at once. */
  isHeavy: boolean;
  /** The response may have megabytes. */
  isLarge?: boolean;
  /** Every client makes this call when it connects, so hundreds arrive at once after a network failure. */
  isPage?: boolean;
}

export interface Cost {
  kind: RateKind;
  price(input: CallInput): Price;
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
/** A filtered list may scan many entries to find one. */
const FILTERED_POINTS = 20;
/** Entries that one point writes or renders. */
const ENTRIES_PER_POINT = 10;

const costOf = (price: (input: CallInput) => Price): Cost => ({ kind: 'call', price });
const light = (points: number): Price => ({ points, isHeavy: false });
const heavy = (points: number): Price => ({ points, isHeavy: true });
const large = (price: Price): Price => ({ ...price, isLarge: true });

/** Reads a field of a body that is not validated yet. */
const fieldOf = (body: unknown, name: string): unknown =>
  typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
const lengthOf = (value: unknown): number => (Array.isArray(value) ? value.length : 1);

export const call = (points: number): Cost => costOf(() => light(points));
export const heavyCall = (points: number): Cost => costOf(() => heavy(points));
export const largeCall = (points: number): Cost => costOf(() => large(light(points)));

export const free: Cost = call(0);

/** A page of a list. It costs more with a filter. */
export const page = (points: number): Cost =>
  costOf(({ query }) =>
    large(FILTERS.some((name) => query[name] !== undefined) ? heavy(FILTERED_POINTS) : light(points)),
  );

/** The unfiltered first page, which a client requests when it connects. */
export const firstPage = (points: number): Cost => {
  const pageCost = page(points);
  return costOf((input) => {
    const price = pageCost.price(input);
    return { ...price, isPage: !price.isHeavy && input.query.cursor === undefined };
  });
};
export const catchUp = (points: number): Cost => costOf(() => ({ ...large(light(points)), isPage: true }));

/** One point, and one more for each ten entries of a field. */
export const perEntry = (field: string): Cost =>
  costOf(({ body }) => {
    const points = 1 + Math.ceil(lengthOf(fieldOf(body, field)) / ENTRIES_PER_POINT);
    return { points, isHeavy: points >= FILTERED_POINTS };
  });

/** Costs as much as one `track` call per entry. */
export const bulkTrackersCost: Cost = costOf(({ body }) => {
  const entries = fieldOf(body, 'trackers');
  const objects = (Array.isArray(entries) ? entries : []).map((each) => lengthOf(fieldOf(each, 'to')));
  return heavy(1 + Math.ceil(objects.reduce((sum, each) => sum + each, 0) / ENTRIES_PER_POINT));
});

/** A mark without ids scans the whole feed. */
export const markCost: Cost = costOf(({ body }) =>
  fieldOf(body, 'ids') === undefined ? heavy(FILTERED_POINTS) : light(2),
);

/** One point of the rate `log` per action. The cap lets validation, not the rate limit, reject a batch that is too long. */
export const logCost: Cost = {
  kind: 'log',
  price: ({ body }) => {
    const actions = Array.isArray(body) ? body : fieldOf(body, 'actions');
    return light(Math.min(Math.max(1, lengthOf(actions)), limits.batch));
  },
};
