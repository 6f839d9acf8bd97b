/** What runs of one chore leave for those that come after them, should they die; a chore may do without. */
export interface Progress {
  /** What an earlier run noted last. `isSame`: nobody asked for the chore anew since, so that it can go on from there. */
  readonly earlier: { text: string; isSame: boolean } | null;
  note(text: string): Promise<void>;
}
