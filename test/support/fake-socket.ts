import { EventEmitter } from 'node:events';
import type { Principal } from '../../core/access/principal.ts';
import type { ServerToClientEvents } from '../../protocol/sockets.ts';
import type { HubSocket } from '../../server/sockets/types.ts';

type PushRecord = {
  [E in keyof ServerToClientEvents]: { event: E; push: Parameters<ServerToClientEvents[E]>[0] };
}[keyof ServerToClientEvents];

/** The gateway's side of a connection, without a network. Records all pushes. */
export class FakeSocket {
  readonly pushed: PushRecord[] = [];
  readonly conn = new EventEmitter();
  readonly data: HubSocket['data'];
  connected = true;

  constructor(principal: Principal) {
    this.data = { principal };
  }

  emit(event: PushRecord['event'], push: PushRecord['push']): boolean {
    this.pushed.push({ event, push } as PushRecord);
    return true;
  }

  /** The same object, with the type that the gateway's code expects. */
  get asSocket(): HubSocket {
    return this as unknown as HubSocket;
  }
}
