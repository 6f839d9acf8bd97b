/** How much is measured. `quick` shows in about a minute that everything works; its figures mean little. */
export interface Sizes {
  /** Emit-to-receipt samples of the hub, and as many of the bare path. */
  samples: number;
  /** Samples taken in turn: a block of the hub's, a block of the bare path's. */
  block: number;
  warmUp: number;
  /** Trackers of the object that one action is about; the heap is compared between the two. */
  fewTrackers: number;
  manyTrackers: number;
  /** How often the large fan-out and the raw inserts beside it are run. */
  rounds: number;
  /** A batch of so many actions to so many followers. */
  batch: number;
  followers: number;
  /** Actions an object took part in before it was tracked; the heap is compared between the two. */
  fewPast: number;
  manyPast: number;
  /** Batches sent over HTTP, and single actions over sockets. */
  batches: number;
  singles: number;
  /** Items that a page shows, and pushes to it. */
  shown: number;
  pushes: number;
  /** How often a long list is scrolled far, and the frames of scrolling it steadily. */
  jumps: number;
  frames: number;
  /** Batches by which it is found what the hub can take; seconds of more than that, and of quiet before. */
  sustained: number;
  floodSeconds: number;
  quietSeconds: number;
  /** Idle connections, and clients that come back at once. */
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
  fewPast: 5_000,
  manyPast: 50_000,
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
  fewPast: 1_000,
  manyPast: 5_000,
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
