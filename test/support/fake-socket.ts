import { EventEmitter } from 'node:events';
import type { Principal } from '../../core/access.ts';
import type { ServerToClientEvents } from '../../protocol/sockets.ts';
import type { HubSocket } from '../../server/sockets/types.ts';

type Pushed = {
  [E in keyof ServerToClientEvents]: { event: E; push: Parameters<ServerToClientEvents[E]>[0] };
}[keyof ServerToClientEvents];

/** A gateway's end of a connection, without a network: what is pushed is remembered. */
export class FakeSocket {
  readonly pushed: Pushed[] = [];
  readonly conn = new EventEmitter();
  readonly data: HubSocket['data'];
  connected = true;

  constructor(principal: Principal) {
    this.data = { principal };
  }

  emit(event: Pushed['event'], push: Pushed['push']): boolean {
    this.pushed.push({ event, push } as Pushed);
    return true;
  }

  /** What the code of a gateway takes it for. */
  get asSocket(): HubSocket {
    return this as unknown as HubSocket;
  }
}
