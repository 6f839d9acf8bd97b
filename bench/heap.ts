/** Measures the heap of this process and its peak. Needs `--expose-gc`. */

const SAMPLE_MS = 10;

export interface HeapWatch {
  /** Bytes after a forced collection, and the peak since the last call. */
  collect(): { used: number; peak: number };
}

export function watchHeap(): HeapWatch {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('measuring the heap needs --expose-gc');
  let peak = 0;
  const sample = () => {
    peak = Math.max(peak, process.memoryUsage().heapUsed);
  };
  setInterval(sample, SAMPLE_MS).unref();
  return {
    collect() {
      sample();
      const recentPeak = peak;
      // Twice, because finalizers of the first collection release objects for the second.
      gc();
      gc();
      const used = process.memoryUsage().heapUsed;
      peak = used;
      return { used, peak: recentPeak };
    },
  };
}
