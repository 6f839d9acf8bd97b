/** Limits on what peers may request and store (docs/security.md), read from the environment, with their defaults. */
import { z } from 'zod';

/** Calls per second by kind. A kind may accumulate ten seconds' worth and use it in one burst. */
export interface RateLimits {
  /** Logged actions. */
  log: number;
  /** Everything else, weighted by its cost. */
  call: number;
}

const MIB = 1_048_576;

const wholeNumber = (fallback: number, min = 1) =>
  z
    .string()
    .regex(/^\d{1,12}$/, `must be a whole number of at least ${min}`)
    .transform(Number)
    .refine((number) => number >= min, `must be a whole number of at least ${min}`)
    .default(fallback);

const RATE = /^(log|call)=(\d{1,7}(?:\.\d{1,3})?)\/s$/;
const rateMessage = 'must be rates such as "log=50/s, call=200/s", each above 0';

function readRates(text: string): Partial<RateLimits> | null {
  const rates: Partial<RateLimits> = {};
  for (const part of splitList(text)) {
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

/** Splits a list at its commas. */
export const splitList = (text: string): string[] => text.split(',').map((each) => each.trim());

export const isOriginList = (list: readonly string[]): boolean =>
  list.every((each) => URL.canParse(each) && new URL(each).origin === each);

/** Schemas of the variables, for `readConfig`. */
export const limitVariables = {
  HUBBUB_RATE_LIMIT: rates.default(DEFAULT_RATE),
  HUBBUB_RATE_LIMIT_SERVICE: rates.optional(),
  HUBBUB_RATE_LIMIT_FAILURES: wholeNumber(30),
  HUBBUB_MAX_BACKLOG: wholeNumber(200_000),
  HUBBUB_MAX_BACKLOG_BYTES: wholeNumber(512 * MIB, MIB),
  HUBBUB_MAX_BACKLOG_SPACE: z
    .string()
    .regex(/^(0?\.\d{1,4}|1(\.0*)?)$/, 'must be a share above 0 and up to 1, such as 0.5')
    .transform(Number)
    .refine((share) => share > 0, 'must be a share above 0 and up to 1, such as 0.5')
    .default(0.5),
  HUBBUB_MAX_CONNECTIONS_USER: wholeNumber(50),
  HUBBUB_MAX_CONNECTIONS_ADDRESS: wholeNumber(100),
  HUBBUB_MAX_TRACKERS: wholeNumber(10_000),
  HUBBUB_TRUST_PROXY: wholeNumber(0, 0),
  HUBBUB_LINK_ORIGINS: z
    .string()
    .transform(splitList)
    .refine(isOriginList, 'must be a list of origins such as https://app.example.com')
    .default([]),
};

export type Limits = ReturnType<typeof toLimits>;

export const toLimits = (values: z.output<z.ZodObject<typeof limitVariables>>) => ({
  /** Per subject and space. */
  rate: values.HUBBUB_RATE_LIMIT,
  /** For tokens with the service scope; `null`: unlimited. */
  rateService: values.HUBBUB_RATE_LIMIT_SERVICE ?? null,
  /** Failed tokens and handshakes per address and minute. */
  failuresPerMinute: values.HUBBUB_RATE_LIMIT_FAILURES,
  /** Pending work of all spaces. A space may use `share` of each. */
  backlog: {
    actions: values.HUBBUB_MAX_BACKLOG,
    bytes: values.HUBBUB_MAX_BACKLOG_BYTES,
    share: values.HUBBUB_MAX_BACKLOG_SPACE,
  },
  /** Sockets of one user on one gateway. */
  connectionsPerUser: values.HUBBUB_MAX_CONNECTIONS_USER,
  /** Connections of one address on one gateway whose token is not checked yet. */
  connectionsPerAddress: values.HUBBUB_MAX_CONNECTIONS_ADDRESS,
  trackersPerUser: values.HUBBUB_MAX_TRACKERS,
  /** Number of reverse proxies in front of the gateway whose `X-Forwarded-For` is trusted. */
  trustedProxies: values.HUBBUB_TRUST_PROXY,
  /** Origins that users without the service scope may link to, besides relative URLs. */
  linkOrigins: values.HUBBUB_LINK_ORIGINS,
});
