/** `npm run chaos`: harms a hub while it is used, and exits with 1 where anything is wrong afterwards. */
import { randomInt } from 'node:crypto';
import { reportAndExit } from '../dev/failure.ts';
import { stopRequest } from '../dev/signals.ts';
import { readOptions } from './options.ts';
import { reportOf } from './report.ts';
import { Run } from './run.ts';

const began = Date.now();

function log(line: string): void {
  const seconds = ((Date.now() - began) / 1_000).toFixed(1).padStart(6);
  process.stdout.write(`${seconds} ${line}\n`);
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2), () => randomInt(2 ** 31));
  log(`seed ${options.seed}`);
  const request = stopRequest();
  const run = new Run(options, log);
  try {
    const figures = await Promise.race([run.go(), request.asked.then(() => null)]);
    if (!figures) return request.exitCode() || 1;
    process.stdout.write(`${reportOf(figures).join('\n')}\n`);
    return figures.findings.isClean ? 0 : 1;
  } finally {
    await run.close();
  }
}

main().then((code) => process.exit(code), reportAndExit);
