/** A worker process that the benchmark can stop and profile, and that reports its heap. */
import { loadConfig } from '../../config/load.ts';
import { configFaultLogger } from '../../infra/log.ts';
import { createWorker } from '../../workers/worker.ts';
import { watchHeap } from '../heap.ts';
import { onCommand, reply } from '../messages.ts';
import { CpuProfiler } from './cpu-profiler.ts';

const worker = createWorker(await loadConfig(process.env, configFaultLogger));
const heap = watchHeap();
const profiler = new CpuProfiler();

onCommand((command) => {
  if (command.kind === 'heap') reply({ kind: 'heap', ...heap.collect() });
  if (command.kind === 'profile') void profiler.start().then(() => reply({ kind: 'profiling' }));
  if (command.kind === 'stop-profile')
    void profiler.stop(command.file).then((summary) => reply({ kind: 'profiled', summary }));
  if (command.kind === 'stop') void worker.close().then(() => process.exit(0));
});

await worker.start();
reply({ kind: 'ready', url: null });
