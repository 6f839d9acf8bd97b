/** A gateway process that the benchmark can stop and profile. */
import { loadConfig } from '../../config/load.ts';
import { configFaultLogger } from '../../infra/log.ts';
import { createGateway } from '../../server/gateway.ts';
import { onCommand, reply } from '../messages.ts';
import { CpuProfiler } from './cpu-profiler.ts';

const gateway = createGateway(await loadConfig(process.env, configFaultLogger));
const profiler = new CpuProfiler();

onCommand((command) => {
  if (command.kind === 'profile') void profiler.start().then(() => reply({ kind: 'profiling' }));
  if (command.kind === 'stop-profile')
    void profiler.stop(command.file).then((summary) => reply({ kind: 'profiled', summary }));
  if (command.kind === 'stop') void gateway.close().then(() => process.exit(0));
});

const { url } = await gateway.listen();
reply({ kind: 'ready', url });
