/** All settings, read once from the environment, checked before anything starts, frozen. */
import { z } from 'zod';
import { defaultSettings, type Settings } from '../core/settings.ts';
import { secretFault } from '../protocol/secret.ts';
import { type Bounds, boundSettings, boundsOf, isOriginList } from './bounds.ts';

export interface Config {
  port: number;
  /** The address to listen at; `null`: every one of the machine's. */
  host: string | null;
  mongodbUri: string;
  redisUrl: string;
  jwtSecret: string | null;
  jwksUrl: string | null;
  jwtIssuer: string | null;
  jwtAudience: string | null;
  /** Origins that browsers may call from; `null`: only the hub's own. */
  corsOrigin: string[] | null;
  logLevel: string;
  bounds: Bounds;
  settings: Settings;
}

/** Its message is the one line to print. */
export class ConfigError extends Error {}

const url = (protocols: string[], example: string) =>
  z.string('is not set').refine((text) => {
    return URL.canParse(text) && protocols.includes(new URL(text).protocol);
  }, `must be an address such as ${example}`);

/** What is no number would be taken for database 0, which may be somebody else's. */
function namesDatabaseByNumber(text: string): boolean {
  // That it is no address is told by the check before.
  if (!URL.canParse(text)) return true;
  const { pathname, searchParams } = new URL(text);
  return /^\/?\d*$/.test(pathname) && /^\d*$/.test(searchParams.get('db') ?? '');
}

const environment = z
  .object({
    PORT: z
      .string()
      .regex(/^\d{1,5}$/, 'must be a port number from 0 to 65535')
      .transform(Number)
      .refine((port) => port <= 65_535, 'must be a port number from 0 to 65535')
      .default(3000),
    HUBBUB_HOST: z.string().min(1, 'must not be empty').optional(),
    // Not URL.canParse: a replica set's address lists several hosts.
    MONGODB_URI: z
      .string('is not set')
      .regex(/^mongodb(\+srv)?:\/\/[^/\s]+/, 'must be an address such as mongodb://127.0.0.1:27017/hubbub'),
    REDIS_URL: url(['redis:', 'rediss:'], 'redis://127.0.0.1:6379').refine(
      namesDatabaseByNumber,
      'must name its database by a number, as redis://127.0.0.1:6379/1',
    ),
    HUBBUB_JWT_SECRET: z
      .string()
      .superRefine((secret, ctx) => {
        const message = secretFault(secret);
        if (message !== null) ctx.addIssue({ code: 'custom', message });
      })
      .optional(),
    HUBBUB_JWKS_URL: url(['http:', 'https:'], 'https://id.example.com/jwks.json').optional(),
    HUBBUB_JWT_ISSUER: z.string().min(1, 'must not be empty').optional(),
    HUBBUB_JWT_AUDIENCE: z.string().min(1, 'must not be empty').optional(),
    HUBBUB_CORS_ORIGIN: z
      .string()
      .transform((text) => text.split(',').map((each) => each.trim()))
      .refine(
        (list) => isOriginList(list.filter((each) => each !== '*')),
        'must be "*" or a list of origins such as https://app.example.com',
      )
      .optional(),
    LOG_LEVEL: z
      .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
        error: 'must be one of fatal, error, warn, info, debug, trace, silent',
      })
      .default('info'),
    ...boundSettings,
  })
  .refine((env) => env.HUBBUB_JWT_SECRET !== undefined || env.HUBBUB_JWKS_URL !== undefined, {
    path: ['HUBBUB_JWT_SECRET'],
    error: 'is not set, nor is HUBBUB_JWKS_URL: one of them must say how tokens are checked',
  });

/**
 * Reads everything but the module that `HUBBUB_CONFIG` names; `loadConfig` does both.
 * @throws ConfigError which names the setting
 */
export function readConfig(
  env: Record<string, string | undefined>,
  settings: Settings = defaultSettings,
): Config {
  const parsed = environment.safeParse(env);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ConfigError(`${issue?.path.join('.')} ${issue?.message}`);
  }
  const read = parsed.data;
  return Object.freeze({
    port: read.PORT,
    host: read.HUBBUB_HOST ?? null,
    mongodbUri: read.MONGODB_URI,
    redisUrl: read.REDIS_URL,
    jwtSecret: read.HUBBUB_JWT_SECRET ?? null,
    jwksUrl: read.HUBBUB_JWKS_URL ?? null,
    jwtIssuer: read.HUBBUB_JWT_ISSUER ?? null,
    jwtAudience: read.HUBBUB_JWT_AUDIENCE ?? null,
    corsOrigin: read.HUBBUB_CORS_ORIGIN ?? null,
    logLevel: read.LOG_LEVEL,
    bounds: boundsOf(read),
    settings,
  });
}
