/** What a run prints when it ends. */
import { type Findings, WRONGS } from './check/findings.ts';
import { LIMITS, type Pause, type Pauses } from './check/pauses.ts';
import type { Options } from './options.ts';
import { listed, type Tally } from './tally.ts';

const headings: Record<Pause['after'], string> = {
  process: 'after a process died',
  database: 'after a database came back',
  forgotten: 'after Redis forgot',
  accepted: 'otherwise',
};

export interface Figures {
  options: Options;
  tally: Tally;
  findings: Findings;
  pauses: Pauses;
  /** Actions that waited in Redis when it was emptied; they may be lost. */
  forgotten: number;
  /** What was compared. */
  compared: { actions: number; items: number };
  seconds: { start: number; load: number; verification: number };
  logs: string | null;
}

export function reportOf({
  options,
  tally,
  findings,
  pauses,
  forgotten,
  compared,
  seconds,
  logs,
}: Figures): string[] {
  const wrong = WRONGS.map((each) => `${each} ${findings.count(each)}`).join(', ');
  return [
    '',
    `seed:      ${options.seed}`,
    `accepted:  ${tally.accepted} actions`,
    `refused:   ${listed(tally.refused)}; without an answer ${tally.unanswered}`,
    `forgotten: ${forgotten} actions that waited in Redis when it was emptied`,
    `compared:  ${compared.actions} actions, ${compared.items} feed items`,
    `wrong:     ${wrong}`,
    'longest pause:',
    ...Object.entries(headings).map(([after, heading]) =>
      pauseLine(pauses, after as Pause['after'], heading),
    ),
    `faults:    ${listed(tally.faults)}`,
    `seconds:   start ${seconds.start}, load ${seconds.load}, verification ${seconds.verification}`,
    ...(findings.isClean ? [] : ['', ...findings.details()]),
    ...(logs === null ? [] : ['', `logs of all processes: ${logs}`]),
    '',
    findings.isClean ? 'nothing is wrong' : `something is wrong; again: ${commandOf(options)}`,
  ];
}

function pauseLine(pauses: Pauses, after: Pause['after'], heading: string): string {
  const longest = pauses.longest.get(after);
  const limit = `limit ${LIMITS[after] / 1_000} s`;
  if (!longest) return `  ${heading}: none (${limit})`;
  const what = longest.what === '' ? '' : `, ${longest.what}`;
  return `  ${heading}: ${(longest.milliseconds / 1_000).toFixed(1)} s (${limit}${what})`;
}

function commandOf({
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
