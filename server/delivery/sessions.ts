import { isService } from '../../core/access.ts';
import type { DeletedUsers } from '../deleted-users.ts';
import type { HubServer, HubSocket } from '../sockets/types.ts';

/** Ends the connections of users who were deleted. */
export class Sessions {
  readonly #io: HubServer;
  readonly #deletedUsers: DeletedUsers;

  constructor(io: HubServer, deletedUsers: DeletedUsers) {
    this.#io = io;
    this.#deletedUsers = deletedUsers;
  }

  end(space: string, user: string): void {
    this.#deletedUsers.heard(space, user);
    for (const socket of this.#io.of('/').sockets.values()) {
      const { principal } = socket.data;
      if (principal.space === space && principal.sub === user && !isService(principal)) end(socket);
    }
  }

  /** What other processes told may have been missed. */
  async checkAll(): Promise<void> {
    const bySpace = new Map<string, Set<string>>();
    for (const { data } of this.#io.of('/').sockets.values()) {
      const { space, sub } = data.principal;
      bySpace.set(space, (bySpace.get(space) ?? new Set()).add(sub));
    }
    for (const [space, users] of bySpace) {
      for (const user of await this.#deletedUsers.among(space, [...users])) this.end(space, user);
    }
  }
}

/** Its next handshake is refused. */
function end(socket: HubSocket): void {
  socket.emit('session:expired', {});
  socket.disconnect(true);
}
