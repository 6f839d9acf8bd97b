/** A gateway as a process of its own that the benchmark can stop. */
import { loadConfig } from '../../infra/load.ts';
import { createGateway } from '../../server/gateway.ts';
import { onQuestion, tell } from '../messages.ts';

const gateway = createGateway(await loadConfig(process.env));

onQuestion(({ kind }) => {
  if (kind === 'stop') void gateway.close().then(() => process.exit(0));
});

const { url } = await gateway.listen();
tell({ kind: 'ready', url });
