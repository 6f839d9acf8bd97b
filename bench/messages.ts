/** What the benchmark and the processes it starts say to each other over IPC. */
import { z } from 'zod';

export const questions = z.discriminatedUnion('kind', [
  /** Collect, then answer with the heap; the peak starts anew. */
  z.object({ kind: z.literal('heap') }),
  z.object({ kind: z.literal('stop') }),
]);
export type Question = z.infer<typeof questions>;

export const tellings = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready'), url: z.string().nullable() }),
  /** Bytes: in use after a forced collection, and the most seen in use since the last question. */
  z.object({ kind: z.literal('heap'), used: z.number(), peak: z.number() }),
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
