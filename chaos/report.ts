/** The report at the end of a run. */
import { FINDING_KINDS, type Findings } from './check/findings.ts';
import { LIMITS, type Pause, type Pauses } from './check/pauses.ts';
import type { Options } from './options.ts';
import { formatCounts, type Tally } from './tally.ts';

const headings: Record<Pause['after'], string> = {
  process: 'after a process died',
  database: 'after a database came back',
  forgotten: 'after a flush of Redis',
  accepted: 'otherwise',
};

export interface RunResult {
  options: Options;
  tally: Tally;
  findings: Findings;
  pauses: Pauses;
  /** Actions that were pending in Redis when it was flushed; they may be lost. */
  possiblyLost: number;
  /** Numbers of compared actions and items. */
  compared: { actions: number; items: number };
  seconds: { start: number; load: number; verification: number };
  logs: string | null;
}

export function formatReport({
  options,
  tally,
  findings,
  pauses,
  possiblyLost,
  compared,
  seconds,
  logs,
}: RunResult): string[] {
  const findingCounts = FINDING_KINDS.map((each) => `${each} ${findings.count(each)}`).join(', ');
  return [
    '',
    `seed:      ${options.seed}`,
    `accepted:  ${tally.accepted} actions`,
    `refused:   ${formatCounts(tally.refused)}; no response ${tally.unanswered}`,
    `flushed:   ${possiblyLost} actions pending in Redis when it was flushed`,
    `states:    ${formatCounts(tally.moves)}`,
    `compared:  ${compared.actions} actions, ${compared.items} feed items`,
    `findings:  ${findingCounts}`,
    'longest pause:',
    ...Object.entries(headings).map(([after, heading]) =>
      pauseLine(pauses, after as Pause['after'], heading),
    ),
    `faults:    ${formatCounts(tally.faults)}`,
    `seconds:   start ${seconds.start}, load ${seconds.load}, verification ${seconds.verification}`,
    ...(findings.isClean ? [] : ['', ...findings.details()]),
    ...(logs === null ? [] : ['', `logs of all processes: ${logs}`]),
    '',
    findings.isClean ? 'no findings' : `findings; to repeat: ${formatCommand(options)}`,
  ];
}

function pauseLine(pauses: Pauses, after: Pause['after'], heading: string): string {
  const longest = pauses.longest.get(after);
  const limit = `limit ${LIMITS[after] / 1_000} s`;
  if (!longest) return `  ${heading}: none (${limit})`;
  const what = longest.what === '' ? '' : `, ${longest.what}`;
  return `  ${heading}: ${(longest.milliseconds / 1_000).toFixed(1)} s (${limit}${what})`;
}

function formatCommand({
  minutes,
  seed,
  faults,
  actors,
  users,
  clients,
  rate,
  workers,
  gateways,
}: Options): string {
  const names = faults.length > 0 ? ` --faults ${faults.join(',')}` : '';
  return `npm run chaos -- --minutes ${minutes} --seed ${seed}${names} --actors ${actors} --users ${users} --clients ${clients} --rate ${rate} --workers ${workers} --gateways ${gateways}`;
}
