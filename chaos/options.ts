/** The options of `npm run chaos`. */
import { parseArgs } from 'node:util';
import { Failure, messageOf } from '../dev/failure.ts';

export interface Options {
  minutes: number;
  seed: number;
  /** Kinds of faults, or prefixes of their names; empty: all. */
  faults: string[];
  actors: number;
  users: number;
  /** SDK clients. */
  clients: number;
  /** `log` calls per second, of all actors. */
  rate: number;
  workers: number;
  gateways: number;
  /** Prints pauses over their limits but does not fail: the limits are for a machine without other work. */
  isShared: boolean;
  /** Keeps the logs of all processes even without findings. */
  keep: boolean;
}

export const USAGE =
  'Usage: npm run chaos -- [--minutes 3] [--seed N] [--faults worker,redis-kill,…|none] [--actors 200] [--users 400] ' +
  '[--clients 80] [--rate 10] [--workers 3] [--gateways 2] [--shared] [--keep]';

/** @throws Failure that names the option */
export function readOptions(args: string[], randomSeed: () => number): Options {
  let values: Record<string, string | boolean | undefined>;
  try {
    ({ values } = parseArgs({
      args,
      options: {
        minutes: { type: 'string', default: '3' },
        seed: { type: 'string' },
        faults: { type: 'string', default: '' },
        actors: { type: 'string', default: '200' },
        users: { type: 'string', default: '400' },
        clients: { type: 'string', default: '80' },
        rate: { type: 'string', default: '10' },
        workers: { type: 'string', default: '3' },
        gateways: { type: 'string', default: '2' },
        shared: { type: 'boolean', default: false },
        keep: { type: 'boolean', default: false },
      },
    }));
  } catch (error) {
    throw new Failure(`${messageOf(error)}\n${USAGE}`);
  }
  const parseNumber = (name: string, min: number): number => {
    const value = Number(values[name]);
    if (!(value >= min)) throw new Failure(`--${name} must be a number of ${min} or more\n${USAGE}`);
    return value;
  };
  const users = parseNumber('users', 20);
  return {
    minutes: parseNumber('minutes', 0.1),
    seed: values.seed === undefined ? randomSeed() : parseNumber('seed', 0),
    faults: String(values.faults)
      .split(',')
      .filter((each) => each !== ''),
    actors: Math.min(parseNumber('actors', 1), users),
    users,
    clients: Math.min(parseNumber('clients', 0), users),
    rate: parseNumber('rate', 0.1),
    workers: parseNumber('workers', 1),
    gateways: parseNumber('gateways', 1),
    isShared: values.shared === true,
    keep: values.keep === true,
  };
}
