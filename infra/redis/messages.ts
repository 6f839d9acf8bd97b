/** What crosses Redis between processes, checked where it arrives. */
import { z } from 'zod';
import type { AcceptedAction } from '../../core/model.ts';
import type { BusMessage } from '../../core/ports/bus.ts';
import type { Json } from '../../protocol/entities.ts';

const ref = z.object({
  type: z.string(),
  id: z.string(),
  name: z.string().optional(),
  url: z.string().optional(),
  image: z.string().optional(),
});

const action = z.object({
  id: z.string(),
  actor: ref.nullable(),
  verb: z.string(),
  targets: z.array(ref),
  related: z.array(ref),
  level: z.number(),
  // Checked when it was accepted; any JSON object will do here.
  data: z.custom<Record<string, Json>>((value) => typeof value === 'object' && value !== null),
  timestamp: z.number(),
  updatedAt: z.number(),
  count: z.number(),
  notify: z.array(z.string()),
});

const item = z.object({
  id: z.string(),
  user: z.string(),
  action: z.string(),
  at: z.number(),
  pos: z.number(),
  unread: z.boolean(),
  seen: z.boolean(),
});

export const acceptedAction: z.ZodType<AcceptedAction> = action.extend({
  groupingDelay: z.number().optional(),
});

export const busMessage: z.ZodType<BusMessage> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('items'), items: z.array(item), actions: z.array(action) }),
  z.object({
    kind: z.literal('marked'),
    user: z.string(),
    ids: z.array(z.string()),
    unread: z.boolean().optional(),
    seen: z.boolean().optional(),
    pos: z.number(),
    origin: z.string().nullable(),
  }),
  z.object({ kind: z.literal('reset'), user: z.string(), pos: z.number() }),
  z.object({ kind: z.literal('settled'), ids: z.array(z.string()) }),
]);
