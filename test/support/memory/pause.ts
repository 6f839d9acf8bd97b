/**
 * Where other work may come in between: called before each document of a write that is not atomic in a database
 * either. By default nothing comes in between.
 */
export type Pause = () => Promise<void>;

export const noPause: Pause = async () => undefined;
