/** What the benchmark and the processes it starts say to each other over IPC. */
import { z } from 'zod';

export const questions = z.discriminatedUnion('kind', [
  /** Collect, then answer with the heap; the peak starts anew. */
  z.object({ kind: z.literal('heap') }),
  z.object({ kind: z.literal('stop') }),
  /** Send actions at a fixed rate, refused or not; then answer with `flooded`. */
  z.object({ kind: z.literal('flood'), rate: z.number(), seconds: z.number() }),
  /** Lose these connections all at once, open them again, ask what was missed; then answer with `resumed`. */
  z.object({ kind: z.literal('resume') }),
]);
export type Question = z.infer<typeof questions>;

/** Actions by what became of them. */
const flood = z.object({
  sent: z.number(),
  accepted: z.number(),
  /** Refused because of the load. */
  refused: z.number(),
  /** Of these, without a time to wait. */
  refusedWithoutTime: z.number(),
  /** Requests that failed in any other way. */
  failed: z.number(),
  /** Not sent because too many requests were under way. */
  withheld: z.number(),
});
export type Flood = z.infer<typeof flood>;

export const tellings = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready'), url: z.string().nullable() }),
  /** Bytes: in use after a forced collection, and the most seen in use since the last question. */
  z.object({ kind: z.literal('heap'), used: z.number(), peak: z.number() }),
  z.object({ kind: z.literal('flooded'), flood: flood }),
  /** Seconds until the last connection had its answer, and connections that got none. */
  z.object({ kind: z.literal('resumed'), seconds: z.number(), failed: z.number() }),
]);
export type Telling = z.infer<typeof tellings>;

export function tell(telling: Telling): void {
  process.send?.(telling);
}

export function onQuestion(answer: (question: Question) => void): void {
  process.on('message', (message) => answer(questions.parse(message)));
  // The benchmark is gone: nobody is left to say stop.
  process.on('disconnect', () => process.exit(1));
}
