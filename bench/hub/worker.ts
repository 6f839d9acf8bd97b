/** A worker process that the benchmark can stop and profile, and that reports its heap. */
import { loadConfig } from '../../config/load.ts';
import { configFaultLogger } from '../../infra/log.ts';
import { createWorker } from '../../workers/worker.ts';
import { measureMemory, watchHeap } from '../heap.ts';
import { onCommand, reply } from '../messages.ts';
import { CallCounter } from './calls.ts';
import { CpuProfiler } from './cpu-profiler.ts';

const worker = createWorker(await loadConfig(process.env, configFaultLogger));
const heap = watchHeap();
const profiler = new CpuProfiler();
const calls = new CallCounter();

onCommand((command) => {
  if (command.kind === 'heap') reply({ kind: 'heap', ...heap.collect() });
  if (command.kind === 'memory') reply({ kind: 'memory', ...measureMemory() });
  if (command.kind === 'profile') {
    calls.start();
    void profiler.start().then(() => reply({ kind: 'profiling' }));
  }
  if (command.kind === 'stop-profile') {
    const { counts } = calls;
    void profiler.stop(command.file).then((summary) => reply({ kind: 'profiled', summary, calls: counts }));
  }
  if (command.kind === 'stop') void worker.close().then(() => process.exit(0));
});

await worker.start();
reply({ kind: 'ready', url: null });
