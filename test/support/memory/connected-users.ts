import type { ConnectedUsers } from '../../../core/ports/connected-users.ts';

/** One gateway. The test decides who is connected to it. */
export class MemoryConnectedUsers implements ConnectedUsers {
  users: readonly string[] = [];

  async find(_space: string, limit: number): Promise<readonly string[]> {
    return this.users.slice(0, limit);
  }
}
