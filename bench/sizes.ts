/** The sizes of the measurements. `quick` only shows that everything works, in about a minute. */
export interface Sizes {
  /** Rounds of emit to receipt. Each has this many samples of the hub, and the same number of the bare path. */
  latencyRounds: number;
  samples: number;
  /** Samples per block: blocks of the hub and of the bare path alternate. */
  block: number;
  warmUp: number;
  /** Trackers of the target of an action. The heap after both is compared. */
  fewTrackers: number;
  manyTrackers: number;
  /** Rounds of most comparisons. */
  rounds: number;
  /** Actions of many actors at full speed: beside raw inserts, and beside a second process. */
  sustainedActions: number;
  processActions: number;
  /** Seconds of each measurement at half the sustained rate. */
  halfRateSeconds: number;
  /** The actions of a batch, and its followers. */
  batch: number;
  followers: number;
  /** Actions of an object before it is tracked. The heap after both is compared. */
  shortHistory: number;
  longHistory: number;
  /** Batches sent over HTTP, and single actions over sockets. */
  batches: number;
  singles: number;
  /** Items that one call marks. */
  marked: number;
  /** Connected users of pushes and of a reconnect storm, and the time before the storm. */
  connected: number;
  quietMs: number;
  /** Connections: memory is compared at the first two numbers, the rate is that of all. */
  connections: { few: number; many: number; all: number };
  /** Items of the small and the large feed that are read. Rounds, and samples of each call in each round. */
  fewItems: number;
  manyItems: number;
  readRounds: number;
  reads: number;
  /** Followers of the printout for large audiences. */
  audiences: readonly number[];
  /** Items in a page, and pushes to it. */
  shown: number;
  pushes: number;
  /** Jumps in a long list, and frames of steady scrolling. */
  jumps: number;
  frames: number;
  /** Batches that measure the sustainable rate; seconds of the flood, and of the measurement before it. */
  sustained: number;
  floodSeconds: number;
  quietSeconds: number;
  /** Idle connections, and clients that reconnect at once. */
  idle: number;
  resuming: number;
}

export const fullSizes: Sizes = {
  latencyRounds: 5,
  samples: 250,
  block: 50,
  warmUp: 200,
  fewTrackers: 10_000,
  manyTrackers: 100_000,
  rounds: 3,
  sustainedActions: 4_000,
  processActions: 3_000,
  halfRateSeconds: 5,
  batch: 500,
  followers: 200,
  shortHistory: 5_000,
  longHistory: 50_000,
  batches: 40,
  singles: 10_000,
  marked: 100_000,
  connected: 5_000,
  quietMs: 5_000,
  connections: { few: 1_000, many: 3_000, all: 5_000 },
  fewItems: 100,
  manyItems: 1_000_000,
  readRounds: 5,
  reads: 40,
  audiences: [1_000, 100_000],
  shown: 10_000,
  pushes: 300,
  jumps: 200,
  frames: 300,
  sustained: 60,
  floodSeconds: 60,
  quietSeconds: 20,
  idle: 5_000,
  resuming: 500,
};

export const quickSizes: Sizes = {
  ...fullSizes,
  latencyRounds: 1,
  samples: 100,
  warmUp: 50,
  fewTrackers: 2_000,
  manyTrackers: 20_000,
  rounds: 1,
  sustainedActions: 400,
  processActions: 200,
  halfRateSeconds: 1,
  shortHistory: 1_000,
  longHistory: 5_000,
  batches: 4,
  singles: 1_000,
  marked: 5_000,
  connected: 300,
  quietMs: 1_000,
  connections: { few: 100, many: 300, all: 500 },
  manyItems: 10_000,
  readRounds: 1,
  reads: 20,
  audiences: [1_000],
  pushes: 100,
  jumps: 60,
  frames: 100,
  sustained: 10,
  floodSeconds: 10,
  quietSeconds: 5,
  idle: 500,
  resuming: 100,
};
