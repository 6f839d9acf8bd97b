/** Main file of `npm start`: the gateway as in production, with the demo mounted on it. Never used in production. */
import { loadConfig } from '../infra/load.ts';
import { runProcess } from '../infra/process.ts';
import { createDemoGateway } from './demo-gateway.ts';

await runProcess(async () => {
  const gateway = await createDemoGateway(await loadConfig(process.env), process.env);
  await gateway.listen();
  return gateway;
});
