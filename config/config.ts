/** The configuration: read from the environment once, validated before anything starts, and frozen. */
import { z } from 'zod';
import { defaultSettings, type Settings } from '../core/settings.ts';
import { secretError } from '../protocol/secret.ts';
import { isOriginList, limitVariables, splitList, toLimits } from './limits.ts';
import { parseRedisUrl } from './redis-url.ts';

/** The process prints its message, one line, and exits. */
export class ConfigError extends Error {}

const url = (protocols: string[], example: string) =>
  z.string('is not set').refine((text) => {
    return URL.canParse(text) && protocols.includes(new URL(text).protocol);
  }, `must be an address such as ${example}`);

/** Each shard needs one master. More shards than masters allow more masters later. */
const CLUSTER_SHARDS = 8;

function isCluster(redisUrl: string): boolean {
  const address = parseRedisUrl(redisUrl);
  return typeof address === 'object' && address.kind === 'cluster';
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
    // Not URL.canParse: the address of a replica set lists several hosts.
    MONGODB_URI: z
      .string('is not set')
      .regex(/^mongodb(\+srv)?:\/\/[^/\s]+/, 'must be an address such as mongodb://127.0.0.1:27017/hubbub'),
    REDIS_URL: z.string('is not set').superRefine((text, ctx) => {
      const address = parseRedisUrl(text);
      if (typeof address === 'string') ctx.addIssue({ code: 'custom', message: address });
    }),
    REDIS_SHARDS: z
      .string()
      .regex(/^\d{1,2}$/, 'must be a whole number from 1 to 64')
      .transform(Number)
      .refine((count) => count >= 1 && count <= 64, 'must be a whole number from 1 to 64')
      .optional(),
    HUBBUB_JWT_SECRET: z
      .string()
      .superRefine((secret, ctx) => {
        const message = secretError(secret);
        if (message !== null) ctx.addIssue({ code: 'custom', message });
      })
      .optional(),
    HUBBUB_JWKS_URL: url(['http:', 'https:'], 'https://id.example.com/jwks.json').optional(),
    HUBBUB_JWT_ISSUER: z.string().min(1, 'must not be empty').optional(),
    HUBBUB_JWT_AUDIENCE: z.string().min(1, 'must not be empty').optional(),
    HUBBUB_CORS_ORIGIN: z
      .string()
      .transform(splitList)
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
    ...limitVariables,
  })
  .refine((env) => env.HUBBUB_JWT_SECRET !== undefined || env.HUBBUB_JWKS_URL !== undefined, {
    path: ['HUBBUB_JWT_SECRET'],
    error: 'is not set, and neither is HUBBUB_JWKS_URL: set one of them',
  })
  .transform((values) => ({
    port: values.PORT,
    /** The address to listen on; `null`: all addresses of the machine. */
    host: values.HUBBUB_HOST ?? null,
    mongodbUri: values.MONGODB_URI,
    redisUrl: values.REDIS_URL,
    /** Parts of what the hub keeps in Redis (decision 52). */
    redisShards: values.REDIS_SHARDS ?? (isCluster(values.REDIS_URL) ? CLUSTER_SHARDS : 1),
    jwtSecret: values.HUBBUB_JWT_SECRET ?? null,
    jwksUrl: values.HUBBUB_JWKS_URL ?? null,
    jwtIssuer: values.HUBBUB_JWT_ISSUER ?? null,
    jwtAudience: values.HUBBUB_JWT_AUDIENCE ?? null,
    /** Origins that browsers may call from; `null`: only the hub's own origin. */
    corsOrigin: values.HUBBUB_CORS_ORIGIN ?? null,
    logLevel: values.LOG_LEVEL,
    limits: toLimits(values),
  }));

export type Config = z.output<typeof environment> & { settings: Settings };

/**
 * Reads everything except the module that `HUBBUB_CONFIG` names. `loadConfig` reads both.
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
  return Object.freeze({ ...parsed.data, settings });
}
