/** The sizes of the measurements. `quick` only shows that everything works, in about a minute. */
export interface Sizes {
  /** Emit-to-receipt samples of the hub, and the same number of the bare path. */
  samples: number;
  /** Samples per block: blocks of the hub and of the bare path alternate. */
  block: number;
  warmUp: number;
  /** Trackers of the target of an action. The heap after both is compared. */
  fewTrackers: number;
  manyTrackers: number;
  /** Rounds of the large fan-out and of the raw inserts. */
  rounds: number;
  /** The actions of a batch, and its followers. */
  batch: number;
  followers: number;
  /** Actions of an object before it is tracked. The heap after both is compared. */
  shortHistory: number;
  longHistory: number;
  /** Batches sent over HTTP, and single actions over sockets. */
  batches: number;
  singles: number;
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
  samples: 1_000,
  block: 50,
  warmUp: 200,
  fewTrackers: 10_000,
  manyTrackers: 100_000,
  rounds: 3,
  batch: 500,
  followers: 200,
  shortHistory: 5_000,
  longHistory: 50_000,
  batches: 40,
  singles: 10_000,
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
  samples: 200,
  warmUp: 50,
  fewTrackers: 2_000,
  manyTrackers: 20_000,
  rounds: 1,
  shortHistory: 1_000,
  longHistory: 5_000,
  batches: 4,
  singles: 1_000,
  pushes: 100,
  jumps: 60,
  frames: 100,
  sustained: 10,
  floodSeconds: 10,
  quietSeconds: 5,
  idle: 500,
  resuming: 100,
};
