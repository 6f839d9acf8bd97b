import { isService } from '../../core/access/principal.ts';
import type { DeletedUsers } from '../auth/deleted-users.ts';
import type { HubServer } from '../sockets/types.ts';

/** Disconnects deleted users. */
export class Sessions {
  readonly #io: HubServer;
  readonly #deletedUsers: DeletedUsers;

  constructor(io: HubServer, deletedUsers: DeletedUsers) {
    this.#io = io;
    this.#deletedUsers = deletedUsers;
  }

  endSessions(space: string, user: string): void {
    this.#deletedUsers.markDeleted(space, user);
    for (const socket of this.#io.of('/').sockets.values()) {
      const { principal } = socket.data;
      if (principal.space !== space || principal.sub !== user || isService(principal)) continue;
      // The next handshake of the client will be rejected.
      socket.emit('session:expired', {});
      socket.disconnect(true);
    }
  }

  /** Checks all connected users, after messages may have been lost. */
  async checkAll(): Promise<void> {
    const bySpace = new Map<string, Set<string>>();
    for (const { data } of this.#io.of('/').sockets.values()) {
      const { space, sub } = data.principal;
      bySpace.set(space, (bySpace.get(space) ?? new Set()).add(sub));
    }
    for (const [space, users] of bySpace) {
      for (const user of await this.#deletedUsers.filterDeleted(space, [...users]))
        this.endSessions(space, user);
    }
  }
}
