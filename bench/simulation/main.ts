/**
 * `npm run simulate [-- --load 1,10,100 --gateways N --workers N --masters N --redis-shards N --mongo-shards N --mongo-cores N
 * --spaces N --actions N --seed N]`: simulates a hub under multiples of a small installation's load, and prints how busy its parts are and
 * how long actions take. Without a number of machines it simulates one of each, and then as many as `plan` calculates.
 */
import { parseArgs } from 'node:util';
import { measuredCosts } from './measured-costs.ts';
import { plan } from './plan.ts';
import { type Load, type Machines, oneOfEach, times } from './scenario.ts';
import { type Outcome, simulate } from './simulate.ts';

const number = { type: 'string' } as const;
const { values: options } = parseArgs({
  options: {
    load: { type: 'string', default: '1,10,100,1000' },
    gateways: number,
    workers: number,
    masters: number,
    'redis-shards': number,
    'mongo-shards': number,
    'mongo-cores': number,
    spaces: number,
    actions: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
  },
});

const machineOptions = [
  'gateways',
  'workers',
  'masters',
  'redis-shards',
  'mongo-shards',
  'mongo-cores',
] as const;

function selectMachines(): Machines {
  const count = (name: (typeof machineOptions)[number], fallback: number) =>
    Number(options[name] ?? fallback);
  return {
    gateways: count('gateways', oneOfEach.gateways),
    workers: count('workers', oneOfEach.workers),
    masters: count('masters', oneOfEach.masters),
    redisShards: count('redis-shards', oneOfEach.redisShards),
    mongoShards: count('mongo-shards', oneOfEach.mongoShards),
    mongoCores: count('mongo-cores', oneOfEach.mongoCores),
  };
}

const parts = ['gateways', 'masters', 'workers', 'mongo'] as const;
const percent = (share: number) => `${Math.round(share * 100)} %`;
const milliseconds = (value: number | null) =>
  value === null
    ? ''
    : value >= 10_000
      ? 'grows'
      : `${value >= 100 ? Math.round(value) : value.toFixed(1)} ms`;

function selectLoad(factor: number): Load {
  const load = times(factor);
  return { ...load, spaces: Number(options.spaces ?? load.spaces) };
}

function row(factor: number, machines: Machines, outcome: Outcome): string {
  const busiest = parts.reduce((left, right) => (outcome[right].max > outcome[left].max ? right : left));
  const used = parts.map((part) => `${percent(outcome[part].mean)} / ${percent(outcome[part].max)}`);
  return [
    '',
    `${factor}×`,
    `${machines.gateways}, ${machines.masters}, ${machines.workers}, ${machines.mongoShards}`,
    ...used,
    busiest,
    `${Math.round(outcome.itemsPerSecond)}`,
    `${(outcome.busBytesPerSecond / 1e6).toFixed(1)} MB/s`,
    milliseconds(outcome.p50),
    milliseconds(outcome.p99),
    milliseconds(outcome.largeP50),
    '',
  ]
    .join(' | ')
    .trim();
}

function print(title: string, machinesFor: (factor: number) => Machines): void {
  const names = ['load', 'machines', ...parts, 'busiest', 'items/s', 'bus', 'p50', 'p99', 'large p50'];
  process.stdout.write(`\n${title}\n\n| ${names.join(' | ')} |\n|${'---|'.repeat(names.length)}\n`);
  for (const factor of options.load.split(',').map(Number)) {
    const machines = machinesFor(factor);
    const parameters = { costs: measuredCosts, load: selectLoad(factor), machines };
    const outcome = simulate(parameters, { actions: Number(options.actions), seed: Number(options.seed) });
    process.stdout.write(`${row(factor, machines, outcome)}\n`);
  }
}

process.stdout.write(
  'Machines: gateways, Redis masters, workers, MongoDB shards. Shares: average / busiest machine.\n',
);
print('The same machines', selectMachines);
if (machineOptions.every((name) => options[name] === undefined))
  print('Planned machines', (factor) => plan(measuredCosts, selectLoad(factor)));
