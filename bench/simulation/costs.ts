/** What work costs, in milliseconds of CPU. */
export interface Costs {
  gateway: {
    /** To accept an action of a socket. */
    action: number;
    /** To receive an item from the bus, of a user who is not connected here. */
    item: number;
    /** To render and push an item, and to push the new counts. */
    push: number;
  };
  redis: {
    /** For each action, and for each batch that a worker processes. */
    action: number;
    batch: number;
    /** For each item, and for each gateway that it is sent to. */
    item: number;
    delivery: number;
  };
  worker: { batch: number; action: number; item: number };
  mongo: {
    batch: number;
    action: number;
    item: number;
    /** To count the unread items of a user. */
    count: number;
  };
  /** Bytes of an item on the bus. */
  busBytes: number;
}
