/** A gateway process that the benchmark can stop. */
import { loadConfig } from '../../config/load.ts';
import { configFaultLogger } from '../../infra/log.ts';
import { createGateway } from '../../server/gateway.ts';
import { onCommand, reply } from '../messages.ts';

const gateway = createGateway(await loadConfig(process.env, configFaultLogger));

onCommand(({ kind }) => {
  if (kind === 'stop') void gateway.close().then(() => process.exit(0));
});

const { url } = await gateway.listen();
reply({ kind: 'ready', url });
