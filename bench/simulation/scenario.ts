/** What is simulated: a load, and the machines that carry it. */
import type { PowerLaw } from './random.ts';

export interface Load {
  actionsPerSecond: number;
  /** Space n has the weight `1 / n ** spaceSkew`, in actions and in users. */
  spaces: number;
  spaceSkew: number;
  /** Followers per action. */
  audience: PowerLaw;
  /** Connected users. */
  connections: number;
  /** The share of users who are connected. */
  connectedShare: number;
}

export interface Machines {
  /** Gateways and workers are processes with one core each. */
  gateways: number;
  workers: number;
  /** Redis masters have one thread. A space belongs to one shard, and a shard to one master. */
  masters: number;
  redisShards: number;
  mongoShards: number;
  /** Cores of each. */
  mongoCores: number;
}

/** A small installation at its peak: 50,000 users, a tenth of them connected. The mean audience is 21. */
export const today: Load = {
  actionsPerSecond: 5,
  spaces: 1_000,
  spaceSkew: 0.8,
  audience: { min: 3, max: 100_000, exponent: 1.1 },
  connections: 5_000,
  connectedShare: 0.1,
};

/** A larger installation has more users, spaces and actions, and objects with larger audiences are as rare as before. */
export const times = (factor: number): Load => ({
  ...today,
  actionsPerSecond: today.actionsPerSecond * factor,
  spaces: today.spaces * factor,
  connections: today.connections * factor,
});

/** One of each, as in a small installation. */
export const oneOfEach: Machines = {
  gateways: 1,
  workers: 1,
  masters: 1,
  redisShards: 8,
  mongoShards: 1,
  mongoCores: 8,
};
