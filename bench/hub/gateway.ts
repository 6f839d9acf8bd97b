/** A gateway process that the benchmark can stop and profile, and that reports its memory. */
import { loadConfig } from '../../config/load.ts';
import { configFaultLogger } from '../../infra/log.ts';
import { createGateway } from '../../server/gateway.ts';
import { measureMemory } from '../heap.ts';
import { onCommand, reply } from '../messages.ts';
import { CallCounter } from './calls.ts';
import { CpuProfiler } from './cpu-profiler.ts';

const gateway = createGateway(await loadConfig(process.env, configFaultLogger));
const profiler = new CpuProfiler();
const calls = new CallCounter();

onCommand((command) => {
  if (command.kind === 'memory') reply({ kind: 'memory', ...measureMemory() });
  if (command.kind === 'profile') {
    calls.start();
    void profiler.start().then(() => reply({ kind: 'profiling' }));
  }
  if (command.kind === 'stop-profile') {
    const { counts } = calls;
    void profiler.stop(command.file).then((summary) => reply({ kind: 'profiled', summary, calls: counts }));
  }
  if (command.kind === 'stop') void gateway.close().then(() => process.exit(0));
});

const { url } = await gateway.listen();
reply({ kind: 'ready', url });
