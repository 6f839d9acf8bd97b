/** Limits of backfills. */
export const backfillBounds = {
  /** Actions processed before the call returns: the longest page of a feed. */
  firstPage: 100,
  /** With more objects, the call does not update the first page, because that would take too long. */
  maxObjects: 10,
  /** Actions per chunk of a task. */
  chunkSize: 500,
  /** As above, if only their outlines are read, which are small. */
  outlines: 1_000,
  /** Chunks that a task writes at a time. With `visible` it is one, so that few actions are undetermined at a time. */
  concurrentWrites: 3,
  /** Changes that a task pushes one by one. With more, the user's clients get one reset at the end. */
  pushLimit: 100,
};
