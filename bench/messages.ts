/** IPC messages between the benchmark and its child processes. */
import { z } from 'zod';

export const commandSchema = z.discriminatedUnion('kind', [
  /** Collect garbage, then reply with the heap, and reset the peak. */
  z.object({ kind: z.literal('heap') }),
  z.object({ kind: z.literal('stop') }),
  /** Start a CPU profile, then reply with `profiling`. */
  z.object({ kind: z.literal('profile') }),
  /** Write the CPU profile to this file, then reply with `profiled`. */
  z.object({ kind: z.literal('stop-profile'), file: z.string() }),
  /** Send actions at a fixed rate, also after rejections, then reply with `flooded`. */
  z.object({ kind: z.literal('flood'), rate: z.number(), seconds: z.number() }),
  /** Close the connections at once, reopen them, request missed changes, then reply with `resumed`. */
  z.object({ kind: z.literal('resume') }),
  /** Collect garbage, then reply with `memory`. */
  z.object({ kind: z.literal('memory') }),
  /** Open connections until there are this many, then reply with `opened`. */
  z.object({ kind: z.literal('open'), count: z.number() }),
  /** Close all connections, then reply with `closed`. */
  z.object({ kind: z.literal('close') }),
  /** Get a position of each feed, close all connections, then reply with `closed`. */
  z.object({ kind: z.literal('disconnect') }),
  /** From now on count the `feed:item` events that contain this text. Reply with `expecting`. */
  z.object({ kind: z.literal('expect'), text: z.string() }),
  /** When every connection has received one, or after the time, reply with `received`. */
  z.object({ kind: z.literal('await-receipts'), milliseconds: z.number() }),
  /** Reopen all connections at once and request missed changes, which must contain this text. Reply with `caught-up`. */
  z.object({ kind: z.literal('catch-up'), text: z.string() }),
  /** Emit this `feed:item` to each user in a room of its own, then reply with `emitted`. `item.id` ends with the user. */
  z.object({ kind: z.literal('emit'), users: z.array(z.string()), action: z.string(), push: z.string() }),
]);
export type Command = z.infer<typeof commandSchema>;

/** Actions by outcome. */
const flood = z.object({
  sent: z.number(),
  accepted: z.number(),
  /** Rejected because of the load. */
  refused: z.number(),
  /** Rejected without a retry time. */
  refusedWithoutTime: z.number(),
  /** Requests that failed in any other way. */
  failed: z.number(),
  /** Not sent because of too many concurrent requests. */
  withheld: z.number(),
});
export type Flood = z.infer<typeof flood>;

const profileSummary = z.object({
  /** Milliseconds from the first sample to the end, and those of them in which the process was not idle. */
  recordedMs: z.number(),
  busyMs: z.number(),
  /** The functions with the most self time, in this order. */
  functions: z.array(
    z.object({
      name: z.string(),
      /** File and line; empty for native code. */
      location: z.string(),
      selfMs: z.number(),
      /** Self time divided by `busyMs`. */
      share: z.number(),
      /** Including the functions that it calls. */
      totalMs: z.number(),
    }),
  ),
});
export type ProfileSummary = z.infer<typeof profileSummary>;

/** Commands by name. */
const callCounts = z.object({
  redis: z.record(z.string(), z.number()),
  mongodb: z.record(z.string(), z.number()),
});
export type CallCounts = z.infer<typeof callCounts>;

export const replySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready'), url: z.string().nullable() }),
  /** Bytes after a forced collection, and the peak since the last command. */
  z.object({ kind: z.literal('heap'), used: z.number(), peak: z.number() }),
  z.object({ kind: z.literal('flooded'), flood: flood }),
  z.object({ kind: z.literal('profiling') }),
  z.object({ kind: z.literal('profiled'), summary: profileSummary, calls: callCounts }),
  /** Bytes after a forced collection. */
  z.object({ kind: z.literal('memory'), heap: z.number(), resident: z.number() }),
  /** Seconds until the last handshake, and repeated attempts. */
  z.object({ kind: z.literal('opened'), seconds: z.number(), repeated: z.number() }),
  z.object({ kind: z.literal('closed') }),
  z.object({ kind: z.literal('expecting') }),
  /** Connections with at least one receipt, further receipts, and the argument of one of the events. */
  z.object({
    kind: z.literal('received'),
    distinct: z.number(),
    doubled: z.number(),
    sample: z.string().nullable(),
  }),
  /** Seconds until the last response, connections that got the missed change, and repeated attempts. */
  z.object({
    kind: z.literal('caught-up'),
    seconds: z.number(),
    distinct: z.number(),
    repeated: z.number(),
  }),
  z.object({ kind: z.literal('emitted') }),
  /** Seconds until the last response, and connections without a response. */
  z.object({ kind: z.literal('resumed'), seconds: z.number(), failed: z.number() }),
]);
export type Reply = z.infer<typeof replySchema>;

export function reply(message: Reply): void {
  process.send?.(message);
}

export function onCommand(handle: (command: Command) => void): void {
  process.on('message', (message) => handle(commandSchema.parse(message)));
  // The benchmark has ended, so no `stop` will come.
  process.on('disconnect', () => process.exit(1));
}
