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

export const replySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready'), url: z.string().nullable() }),
  /** Bytes after a forced collection, and the peak since the last command. */
  z.object({ kind: z.literal('heap'), used: z.number(), peak: z.number() }),
  z.object({ kind: z.literal('flooded'), flood: flood }),
  z.object({ kind: z.literal('profiling') }),
  z.object({ kind: z.literal('profiled'), summary: profileSummary }),
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
