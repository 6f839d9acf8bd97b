/** Measures the memory of this process and the peak of its heap. Needs `--expose-gc`. */

const SAMPLE_MS = 10;

/** Bytes after a forced collection. */
export function measureMemory(): { heap: number; resident: number } {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('measuring the heap needs --expose-gc');
  // Twice, because finalizers of the first collection release objects for the second.
  gc();
  gc();
  const { heapUsed, rss } = process.memoryUsage();
  return { heap: heapUsed, resident: rss };
}

export interface HeapWatch {
  /** Bytes after a forced collection, and the peak since the last call. */
  collect(): { used: number; peak: number };
}

export function watchHeap(): HeapWatch {
  let peak = 0;
  const sample = () => {
    peak = Math.max(peak, process.memoryUsage().heapUsed);
  };
  setInterval(sample, SAMPLE_MS).unref();
  return {
    collect() {
      sample();
      const recentPeak = peak;
      const used = measureMemory().heap;
      peak = used;
      return { used, peak: recentPeak };
    },
  };
}
