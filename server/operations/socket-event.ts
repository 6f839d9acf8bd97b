/** Socket events that are no calls of the HTTP API. */
import type { z } from 'zod';
import type { ClientEvent } from '../../protocol/sockets.ts';
import { parseOrThrow } from '../error-mapping.ts';
import type { Cost } from '../limits/costs.ts';
import { type Access, checkAccess } from './access.ts';
import type { SocketCall } from './call.ts';
import type { SocketVariant } from './operation.ts';

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
  async run(call, payload) {
    const input = parseOrThrow(definition.payload, payload);
    checkAccess(call.principal, definition.access);
    return await definition.run(call, input);
  },
});
