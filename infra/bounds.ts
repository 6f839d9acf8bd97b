/** How much peers may ask for and keep (section 14 of the contract): settings of the environment, with their defaults. */
import { z } from 'zod';

/** Calls per second by kind. Each kind may save up ten seconds' worth and use it in one burst. */
export interface RateLimits {
  /** Actions logged. */
  log: number;
  /** Everything else, weighted by its cost. */
  call: number;
}

export interface Bounds {
  /** By subject and space. */
  rate: RateLimits;
  /** The same for tokens with the service scope; `null`: not limited. */
  rateService: RateLimits | null;
  /** Failed tokens and handshakes per minute and address. */
  failuresPerMinute: number;
  /** What may wait for workers, over all spaces; a space may take `share` of each. */
  backlog: { actions: number; bytes: number; share: number };
  /** Sockets of one user at one gateway. */
  connectionsPerUser: number;
  /** Connections of one address whose token is not checked yet, at one gateway. */
  connectionsPerAddress: number;
  trackersPerUser: number;
  /** Reverse proxies in front of the gateway whose `X-Forwarded-For` is believed. */
  trustedProxies: number;
  /** Origins to which users without the service scope may link, beside relative URLs. */
  linkOrigins: readonly string[];
}

const MIB = 1_048_576;

const count = (fallback: number, least = 1) =>
  z
    .string()
    .regex(/^\d{1,12}$/, `must be a whole number of at least ${least}`)
    .transform(Number)
    .refine((number) => number >= least, `must be a whole number of at least ${least}`)
    .default(fallback);

const RATE = /^(log|call)=(\d{1,7}(?:\.\d{1,3})?)\/s$/;
const rateMessage = 'must be rates such as "log=50/s, call=200/s", each above 0';

function readRates(text: string): Partial<RateLimits> | null {
  const rates: Partial<RateLimits> = {};
  for (const part of text.split(',').map((each) => each.trim())) {
    const [, kind, rate] = RATE.exec(part) ?? [];
    if ((kind !== 'log' && kind !== 'call') || rates[kind] !== undefined || !(Number(rate) > 0)) return null;
    rates[kind] = Number(rate);
  }
  return rates;
}

const DEFAULT_RATE: RateLimits = { log: 50, call: 200 };
const rates = z
  .string()
  .refine((text) => readRates(text) !== null, rateMessage)
  .transform((text): RateLimits => ({ ...DEFAULT_RATE, ...readRates(text) }));

export const isOriginList = (list: readonly string[]): boolean =>
  list.every((each) => URL.canParse(each) && new URL(each).origin === each);

/** The variables, as `readConfig` checks them. */
export const boundSettings = {
  HUBBUB_RATE_LIMIT: rates.default(DEFAULT_RATE),
  HUBBUB_RATE_LIMIT_SERVICE: rates.optional(),
  HUBBUB_RATE_LIMIT_FAILURES: count(30),
  HUBBUB_MAX_BACKLOG: count(200_000),
  HUBBUB_MAX_BACKLOG_BYTES: count(512 * MIB, MIB),
  HUBBUB_MAX_BACKLOG_SPACE: z
    .string()
    .regex(/^(0?\.\d{1,4}|1(\.0*)?)$/, 'must be a share above 0 and up to 1, such as 0.5')
    .transform(Number)
    .refine((share) => share > 0, 'must be a share above 0 and up to 1, such as 0.5')
    .default(0.5),
  HUBBUB_MAX_CONNECTIONS_USER: count(50),
  HUBBUB_MAX_CONNECTIONS_ADDRESS: count(100),
  HUBBUB_MAX_TRACKERS: count(10_000),
  HUBBUB_TRUST_PROXY: count(0, 0),
  HUBBUB_LINK_ORIGINS: z
    .string()
    .transform((text) => text.split(',').map((each) => each.trim()))
    .refine(isOriginList, 'must be a list of origins such as https://app.example.com')
    .default([]),
};

type BoundSettings = z.output<z.ZodObject<typeof boundSettings>>;

export const boundsOf = (read: BoundSettings): Bounds => ({
  rate: read.HUBBUB_RATE_LIMIT,
  rateService: read.HUBBUB_RATE_LIMIT_SERVICE ?? null,
  failuresPerMinute: read.HUBBUB_RATE_LIMIT_FAILURES,
  backlog: {
    actions: read.HUBBUB_MAX_BACKLOG,
    bytes: read.HUBBUB_MAX_BACKLOG_BYTES,
    share: read.HUBBUB_MAX_BACKLOG_SPACE,
  },
  connectionsPerUser: read.HUBBUB_MAX_CONNECTIONS_USER,
  connectionsPerAddress: read.HUBBUB_MAX_CONNECTIONS_ADDRESS,
  trackersPerUser: read.HUBBUB_MAX_TRACKERS,
  trustedProxies: read.HUBBUB_TRUST_PROXY,
  linkOrigins: read.HUBBUB_LINK_ORIGINS,
});
