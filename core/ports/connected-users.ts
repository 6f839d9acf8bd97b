export interface ConnectedUsers {
  /**
   * Returns users of the space that are connected now, up to `limit` of each gateway. Only a hint: some may be missing, named
   * twice, or gone. Does not throw.
   */
  find(space: string, limit: number): Promise<readonly string[]>;
}
