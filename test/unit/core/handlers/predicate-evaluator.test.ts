/** The evaluator calls predicates one after the other, within a time budget per action and per batch. */
import { describe, expect, it } from 'vitest';
import { CircuitBreaker } from '../../../../core/handlers/circuit-breaker.ts';
import {
  type HandlerCallInfo,
  type PredicateCall,
  PredicateEvaluator,
} from '../../../../core/handlers/predicate-evaluator.ts';
import { TimeBudget } from '../../../../core/ports/time-budget.ts';

const callInfo: HandlerCallInfo = { verb: 'closed', part: 'group', action: 'a1' };

function createEvaluator({
  deadlineMs = 1_000,
  actionMs = 2_000,
  batchMs = 10_000,
  cooldownMs = 30_000,
} = {}) {
  const time = { now: 0 };
  const faults: string[] = [];
  const clock = () => time.now;
  const breaker = new CircuitBreaker({ now: clock, cooldownMs });
  const reportFault = ({ action, part }: HandlerCallInfo, error: unknown) =>
    faults.push(`${action} ${part}: ${error}`);
  const evaluator = new PredicateEvaluator(breaker, reportFault, { deadlineMs, actionMs, batchMs, clock });
  return { evaluator, time, faults, budget: new TimeBudget() };
}

/** Predicates that record which of them were called, and for which the fallback was used. */
function predicates(results: ReadonlyArray<() => unknown>, overrides: Partial<HandlerCallInfo> = {}) {
  const calls: number[] = [];
  const fallbacks: number[] = [];
  const all = results.map((result, index): PredicateCall => {
    const evaluate = () => {
      calls.push(index);
      return result();
    };
    const fallback = () => {
      fallbacks.push(index);
      return false;
    };
    return { call: { ...callInfo, ...overrides }, evaluate, fallback };
  });
  return { all, calls, fallbacks };
}

const times = <T>(count: number, each: T): T[] => Array.from({ length: count }, () => each);
const no = () => false;
const yes = () => true;
const throws = () => {
  throw new Error('broken');
};
const loops = () => {
  for (;;);
};

describe('predicates are called one after the other', () => {
  it('until one returns true, synchronously or not', async () => {
    for (const result of [yes, async () => true]) {
      const { evaluator, faults, budget } = createEvaluator();
      const { all, calls, fallbacks } = predicates([no, async () => false, () => undefined, result, throws]);
      expect(await evaluator.findFirst(all, budget)).toBe(3);
      expect([calls, fallbacks, faults]).toEqual([[0, 1, 2, 3], [], []]);
    }
  });

  it('also after one that fails, which alone uses the fallback', async () => {
    const { evaluator, faults, budget } = createEvaluator({ deadlineMs: 300 });
    const neverSettles = () => new Promise(() => undefined);
    const { all, calls, fallbacks } = predicates([
      no,
      throws,
      no,
      loops,
      no,
      () => 'maybe',
      neverSettles,
      no,
    ]);
    expect(await evaluator.findFirst(all, budget)).toBe(-1);
    expect(calls).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(fallbacks).toEqual([1, 3, 5, 6]);
    expect(faults).toHaveLength(4);
  });

  it('and the fallback may return true', async () => {
    const { evaluator, budget } = createEvaluator();
    const [first, second] = predicates([no, throws]).all;
    const all = [first, second].flatMap((each) => (each ? { ...each, fallback: yes } : []));
    expect(await evaluator.findFirst(all, budget)).toBe(1);
  });

  it('and yield to the event loop', async () => {
    const { evaluator, time, budget } = createEvaluator();
    time.now = performance.now();
    const blockBriefly = () => {
      for (const end = performance.now() + 1; time.now < end; ) time.now = performance.now();
      return false;
    };
    let timerRuns = 0;
    const timer = setInterval(() => {
      timerRuns += 1;
    }, 1);
    await evaluator.findFirst(predicates(times(300, blockBriefly)).all, budget);
    clearInterval(timer);
    expect(timerRuns).toBeGreaterThan(2);
  });
});

describe('a slow predicate', () => {
  it('is not called again for an action that exceeded its time budget, but for others', async () => {
    const { evaluator, time, faults, budget } = createEvaluator({ actionMs: 2_000 });
    const slow = async () => {
      time.now += 600;
      return false;
    };
    const first = predicates(times(8, slow));
    expect(await evaluator.findFirst(first.all, budget)).toBe(-1);
    expect(first.calls).toEqual([0, 1, 2, 3]);
    expect(first.fallbacks).toEqual([4, 5, 6, 7]);
    expect(faults).toEqual(['a1 group: Error: took longer than 2000 ms for one action']);
    const repeated = predicates([slow]);
    await evaluator.findFirst(repeated.all, budget);
    expect(repeated.calls).toEqual([]);
    const other = predicates([slow], { action: 'a2' });
    await evaluator.findFirst(other.all, budget);
    expect(other.calls).toEqual([0]);
  });

  it('opens its circuit after a batch that waited for it too long', async () => {
    const { evaluator, time, faults, budget } = createEvaluator({
      actionMs: 2_000,
      batchMs: 3_000,
      cooldownMs: 1_000,
    });
    const slow = () => {
      time.now += 900;
      return false;
    };
    const calls: number[] = [];
    for (const action of ['a1', 'a2', 'a3', 'a4', 'a5']) {
      const each = predicates([slow], { action });
      await evaluator.findFirst(each.all, budget);
      calls.push(each.calls.length);
    }
    expect(calls).toEqual([1, 1, 1, 1, 0]);
    expect(faults).toEqual(['a4 group: Error: took longer than 3000 ms; it is not called for 1000 ms']);
    const text = predicates([no], { part: 'combineWith.opened', action: 'a5' });
    await evaluator.findFirst(text.all, budget);
    expect(text.calls).toEqual([0]);
    time.now += 1_000;
    const afterCooldown = predicates([no], { action: 'a6' });
    await evaluator.findFirst(afterCooldown.all, new TimeBudget());
    expect(afterCooldown.calls).toEqual([0]);
  });
});
