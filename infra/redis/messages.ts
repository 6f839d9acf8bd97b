/** What crosses Redis between processes, checked where it arrives. */
import { z } from 'zod';
import type { LoggedAction } from '../../core/model.ts';
import type { BusMessage } from '../../core/ports/bus.ts';
import type { Json } from '../../protocol/entities.ts';

// Checked when it was accepted; any JSON will do here.
const json = z.custom<Json>((value) => value !== undefined);
const data = z.custom<Record<string, Json>>((value) => typeof value === 'object' && value !== null);

const ref = z.object({
  type: z.string(),
  id: z.string(),
  name: z.string().optional(),
  url: z.string().optional(),
  image: z.string().optional(),
  // Of deleted objects, all three.
  deleted: z.literal(true).optional(),
  description: z.string().optional(),
  serialization: json.optional(),
});

const content = {
  id: z.string(),
  actor: ref.nullable(),
  verb: z.string(),
  targets: z.array(ref),
  related: z.array(ref),
  level: z.number(),
  data,
  timestamp: z.number(),
  updatedAt: z.number(),
  count: z.number(),
  notify: z.array(z.string()),
};
const action = z.object({ ...content, rev: z.number() });

const item = z.object({
  id: z.string(),
  user: z.string(),
  action: z.string(),
  at: z.number(),
  pos: z.number(),
  entered: z.number(),
  rev: z.number(),
  unread: z.boolean(),
  seen: z.boolean(),
});

const removedItem = z.object({ id: z.string(), user: z.string(), action: z.string(), pos: z.number() });

/** As it lies in a lane. `seq`: only where it came from a dead letter and keeps its number. */
export const acceptedAction: z.ZodType<LoggedAction & { seq?: number }> = z.object({
  ...content,
  groupingDelay: z.number().optional(),
  seq: z.int().optional(),
});

export const busMessage: z.ZodType<BusMessage> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('items'), items: z.array(item), actions: z.array(action) }),
  z.object({ kind: z.literal('removed'), items: z.array(removedItem) }),
  z.object({
    kind: z.literal('actions'),
    actions: z.array(action),
    removed: z.array(z.object({ id: z.string(), keys: z.array(z.string()) })),
    pos: z.number(),
  }),
  z.object({ kind: z.literal('userDeleted'), user: z.string() }),
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
  z.object({ kind: z.literal('settled'), ids: z.array(z.string()), dead: z.boolean().optional() }),
]);
