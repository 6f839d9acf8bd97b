/**
 * Runs between the documents of a write that is not atomic in the database either, so that tests can interleave other
 * work. The default does nothing.
 */
export type Pause = () => Promise<void>;

export const noPause: Pause = async () => undefined;
