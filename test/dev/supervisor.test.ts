import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Program, supervise } from '../../dev/supervisor.ts';
import { until } from './database.ts';

const QUICK = { minUptimeMs: 60_000, backoffMs: 5 };

function program(script: string): Program {
  return { name: 'sample', command: [process.execPath, '-e', script], env: process.env };
}

describe('the supervisor of a process', () => {
  it('shows output with the process name, and formats JSON lines', async () => {
    const lines: string[] = [];
    const script = `console.log('plain'); console.error(JSON.stringify({ level: 40, time: 1, msg: 'slow', ms: 5 })); setInterval(() => {}, 1e3)`;
    const sample = supervise(program(script), (line) => lines.push(line));
    await until(() => lines.length === 2, 10_000, 'two lines');
    expect(lines.toSorted()).toEqual(['[sample] plain', '[sample] warning: slow ms=5']);
    await sample.stop(4_000);
  });

  it('does not restart a process that never started', async () => {
    const lines: string[] = [];
    const sample = supervise(
      program(`console.log('PORT is wrong'); process.exit(2)`),
      (line) => lines.push(line),
      QUICK,
    );
    expect((await sample.failed).message).toBe(
      'The sample did not start (exit code 2); see its output above.',
    );
    expect(lines).toEqual(['[sample] PORT is wrong']);
  });

  it('restarts it with growing pauses, and fails after five quick failures', async () => {
    const lines: string[] = [];
    const sample = supervise(program('process.exit(1)'), (line) => lines.push(line), QUICK);
    sample.markStarted();
    expect((await sample.failed).message).toBe('The sample failed 5 times in quick succession.');
    expect(lines).toEqual(
      [5, 10, 20, 40].map(
        (ms) => `The sample ended unexpectedly (exit code 1). Restarting in ${ms / 1_000} s.`,
      ),
    );
  });

  it('kills a process that ignores the stop signal', async () => {
    const lines: string[] = [];
    const script = `process.on('SIGTERM', () => console.log('no')); console.log(process.pid); setInterval(() => {}, 1e3)`;
    const sample = supervise(program(script), (line) => lines.push(line));
    await until(() => lines.length === 1, 10_000, 'started');
    const pid = Number(lines[0]?.split(' ')[1]);
    const startedAt = Date.now();
    await sample.stop(500);
    expect(Date.now() - startedAt).toBeLessThan(3_000);
    await until(() => !existsSync(`/proc/${pid}`), 5_000, 'gone');
  });
});
