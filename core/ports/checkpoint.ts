/** Saves the progress of a task, so that an attempt after a crash can resume. Optional for a task. */
export interface CheckpointStore {
  /**
   * The last checkpoint of an earlier attempt. `sameRequest`: the task was not requested again since, so it
   * can resume there.
   */
  readonly checkpoint: { text: string; sameRequest: boolean } | null;
  saveCheckpoint(text: string): Promise<void>;
}
