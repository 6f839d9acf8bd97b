/** How much heap this process holds, and the most it held. Needs `--expose-gc`. */

const SAMPLE_MS = 10;

export interface HeapWatch {
  /** Bytes: after a forced collection, and the most seen since the last call. */
  collect(): { used: number; peak: number };
}

export function watchHeap(): HeapWatch {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('the heap can be measured only with --expose-gc');
  let peak = 0;
  const sample = () => {
    peak = Math.max(peak, process.memoryUsage().heapUsed);
  };
  setInterval(sample, SAMPLE_MS).unref();
  return {
    collect() {
      sample();
      const most = peak;
      // Twice: finalizers of the first collection free what the second one finds.
      gc();
      gc();
      const used = process.memoryUsage().heapUsed;
      peak = used;
      return { used, peak: most };
    },
  };
}
