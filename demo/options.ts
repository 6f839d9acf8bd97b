/** The options of `npm run replay`. */
import { parseArgs } from 'node:util';

export interface ReplayOptions {
  /** The path of a git repository. Default: replay GitHub's payloads. */
  git?: string;
  limit?: number;
  /** Actions per second. Default: as fast as the hub accepts. */
  rate?: number;
  url: string;
  space?: string;
  help: boolean;
}

/** An invalid option, in one line. */
export class OptionError extends Error {}

export const usage = `npm run replay -- [options]

Replays real activity into a running hub. Without --git: GitHub's webhook payloads, once.

  --git PATH     the history of a git repository: each commit is an action of its author
  --limit N      at most N actions (of a history: the newest N commits)
  --rate N       actions per second (default: as fast as the hub accepts)
  --url URL      the hub (default: http://127.0.0.1:3000, or $PORT)
  --space NAME   the space to write to (default: default)
  --help         this text

The token is $HUBBUB_TOKEN; else one signed with $HUBBUB_JWT_SECRET, else with the secret that npm start keeps.`;

export function readOptions(args: string[], env: Record<string, string | undefined>): ReplayOptions {
  const { git, limit, rate, url, space, help } = parseOptions(args);
  if (space !== undefined && !/^[a-z0-9][a-z0-9-]{0,31}$/.test(space)) {
    throw new OptionError('--space must be 1 to 32 of a to z, 0 to 9 and -, not starting with -');
  }
  if (space !== undefined && env.HUBBUB_TOKEN) {
    throw new OptionError('--space has no effect on HUBBUB_TOKEN: the space is part of the token');
  }
  const address = url ?? `http://127.0.0.1:${env.PORT || 3000}`;
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) {
    throw new OptionError(`--url must be an address such as http://127.0.0.1:3000, not ${address}`);
  }
  return {
    ...(git === undefined ? {} : { git }),
    ...(limit === undefined ? {} : { limit: wholeNumber('--limit', limit) }),
    ...(rate === undefined ? {} : { rate: positive('--rate', rate) }),
    ...(space === undefined ? {} : { space }),
    url: address,
    help: help ?? false,
  };
}

function parseOptions(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        git: { type: 'string' },
        limit: { type: 'string' },
        rate: { type: 'string' },
        url: { type: 'string' },
        space: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // Only the first sentence: the rest is about positional arguments, which are not supported.
    throw new OptionError(`${message.split(/[.\n]/)[0]} (see --help)`);
  }
}

function wholeNumber(option: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new OptionError(`${option} must be a whole number above 0, not ${text}`);
  return Number(text);
}

function positive(option: string, text: string): number {
  const number = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (number < 0.01 || number > 1_000_000) {
    throw new OptionError(`${option} must be a number of actions per second above 0, not ${text}`);
  }
  return number;
}
