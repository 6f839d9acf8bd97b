/** Schemas of messages between processes. The receiver validates them. */
import { z } from 'zod';
import type { LoggedAction } from '../../core/model/entities.ts';
import type { BusMessage } from '../../core/ports/bus.ts';
import type { Json } from '../../protocol/entities.ts';

// Validated when the action was accepted. Any JSON is allowed here.
const json = z.custom<Json>((value) => value !== undefined);
const data = z.custom<Record<string, Json>>((value) => typeof value === 'object' && value !== null);

const position = z.number().brand<'Position'>();
const millis = z.number().brand<'Millis'>();

const ref = z.object({
  type: z.string(),
  id: z.string(),
  name: z.string().optional(),
  url: z.string().optional(),
  image: z.string().optional(),
  // A deleted object has all three.
  deleted: z.literal(true).optional(),
  description: z.string().optional(),
  serialization: json.optional(),
});

const button = z.object({
  id: z.string(),
  label: z.string(),
  url: z.string().optional(),
  style: z.enum(['primary', 'danger']).optional(),
});

const content = {
  id: z.string(),
  actor: ref.nullable(),
  verb: z.string(),
  targets: z.array(ref),
  related: z.array(ref),
  level: z.number(),
  body: z.string().optional(),
  url: z.string().optional(),
  buttons: z.array(button).optional(),
  data,
  timestamp: millis,
  updatedAt: millis,
  count: z.number(),
  notify: z.array(z.string()),
};
const action = z.object({ ...content, version: z.number() });

// Each user is one string, which is cheap to validate: few of those users may be connected to this gateway.
const itemGroup = z.object({
  action: z.string(),
  at: millis,
  position,
  deliveredPosition: position,
  version: z.number(),
  unread: z.boolean(),
  seen: z.boolean(),
  aside: z
    .discriminatedUnion('state', [
      z.object({ state: z.literal('archived') }),
      z.object({ state: z.literal('snoozed'), until: millis }),
    ])
    .optional(),
  pressed: z.object({ button: z.string(), at: millis }).optional(),
  users: z.array(z.string()),
});

const removedItem = z.object({ id: z.string(), user: z.string(), action: z.string(), position });

/** An action as stored in a partition. `seq` is set only for a retried dead letter, which keeps its number. */
export const acceptedAction: z.ZodType<LoggedAction & { seq?: number }> = z.object({
  ...content,
  groupingDelay: z.number().optional(),
  seq: z.int().optional(),
});

export const busMessage: z.ZodType<BusMessage> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('items'), groups: z.array(itemGroup), actions: z.array(action) }),
  z.object({ kind: z.literal('removed'), items: z.array(removedItem) }),
  z.object({
    kind: z.literal('actions'),
    actions: z.array(action),
    removed: z.array(z.object({ id: z.string(), keys: z.array(z.string()) })),
    position,
  }),
  z.object({ kind: z.literal('userDeleted'), user: z.string() }),
  z.object({
    kind: z.literal('marked'),
    user: z.string(),
    ids: z.array(z.string()),
    unread: z.boolean().optional(),
    seen: z.boolean().optional(),
    position,
    origin: z.string().nullable(),
  }),
  z.object({ kind: z.literal('reset'), user: z.string(), position }),
  z.object({ kind: z.literal('whoIsConnected'), reply: z.string(), limit: z.number() }),
  z.object({ kind: z.literal('displaysChanged'), space: z.string(), reply: z.string() }),
  z.object({ kind: z.literal('completed'), ids: z.array(z.string()), deadLettered: z.boolean().optional() }),
]);

/** The users of one gateway. */
export const connectedReply = z.array(z.string());
