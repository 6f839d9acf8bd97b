/** Socket events that are no calls of the HTTP API. */
import type { z } from 'zod';
import type { ClientEvent } from '../../protocol/sockets.ts';
import { parseOrThrow } from '../error-mapping.ts';
import type { Cost } from '../limits/costs.ts';
import type { Access } from './access.ts';
import type { SocketVariant } from './operation.ts';
import type { SocketCall } from './socket-call.ts';

export interface SocketEvent {
  event: ClientEvent;
  cost: Cost;
  access: Access;
  /** A valid payload. */
  example: unknown;
  describes: SocketVariant['describes'];
  run(call: SocketCall, payload: unknown): Promise<unknown>;
}

export const defineSocketEvent = <Input>(
  definition: Omit<SocketEvent, 'run'> & {
    payload: z.ZodType<Input>;
    run(call: SocketCall, payload: Input): Promise<unknown>;
  },
): SocketEvent => ({
  ...definition,
  run: async (call, payload) => await definition.run(call, parseOrThrow(definition.payload, payload)),
});
