/** `npm run chaos`: injects faults into a hub under load, and exits with 1 if there are findings. */
import { randomInt } from 'node:crypto';
import { reportAndExit } from '../dev/failure.ts';
import { stopRequest } from '../dev/signals.ts';
import { readOptions } from './options.ts';
import { formatReport } from './report.ts';
import { ChaosRun } from './run.ts';

const startedAt = Date.now();

function log(line: string): void {
  const seconds = ((Date.now() - startedAt) / 1_000).toFixed(1).padStart(6);
  process.stdout.write(`${seconds} ${line}\n`);
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2), () => randomInt(2 ** 31));
  log(`seed ${options.seed}`);
  const request = stopRequest();
  const run = new ChaosRun(options, log);
  try {
    const figures = await Promise.race([run.run(), request.requested.then(() => null)]);
    if (!figures) return request.exitCode() || 1;
    process.stdout.write(`${formatReport(figures).join('\n')}\n`);
    return figures.findings.isClean ? 0 : 1;
  } finally {
    await run.close();
  }
}

main().then((code) => process.exit(code), reportAndExit);
