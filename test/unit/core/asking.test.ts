/** Handlers asked about many actions: one after the other, and for no longer than others can wait. */
import { describe, expect, it } from 'vitest';
import { type About, Asking, type Question } from '../../../core/asking.ts';
import { Guard } from '../../../core/guard.ts';
import { Patience } from '../../../core/patience.ts';

const about: About = { verb: 'closed', part: 'group', action: 'a1' };

function made({ deadlineMs = 1_000, actionMs = 2_000, drainMs = 10_000, restMs = 30_000 } = {}) {
  const time = { now: 0 };
  const told: string[] = [];
  const clock = () => time.now;
  const guard = new Guard({ now: clock, restMs });
  const tell = ({ action, part }: About, error: unknown) => told.push(`${action} ${part}: ${error}`);
  const asking = new Asking(guard, tell, { deadlineMs, actionMs, drainMs, clock });
  return { asking, time, told, patience: new Patience() };
}

/** Notes which were asked, and to which the default applied. */
function questions(answers: ReadonlyArray<() => unknown>, of: Partial<About> = {}) {
  const asked: number[] = [];
  const left: number[] = [];
  const all = answers.map((answer, index): Question => {
    const ask = () => {
      asked.push(index);
      return answer();
    };
    const otherwise = () => {
      left.push(index);
      return false;
    };
    return { about: { ...about, ...of }, ask, otherwise };
  });
  return { all, asked, left };
}

const times = <T>(count: number, each: T): T[] => Array.from({ length: count }, () => each);
const no = () => false;
const yes = () => true;
const broken = () => {
  throw new Error('broken');
};
const loops = () => {
  for (;;);
};

describe('handlers are asked one after the other', () => {
  it('until one says yes, at once or later', async () => {
    for (const answer of [yes, async () => true]) {
      const { asking, told, patience } = made();
      const { all, asked, left } = questions([no, async () => false, () => undefined, answer, broken]);
      expect(await asking.firstYes(all, patience)).toBe(3);
      expect([asked, left, told]).toEqual([[0, 1, 2, 3], [], []]);
    }
  });

  it('also behind one that fails: about that alone the default decides', async () => {
    const { asking, told, patience } = made({ deadlineMs: 300 });
    const late = () => new Promise(() => undefined);
    const { all, asked, left } = questions([no, broken, no, loops, no, () => 'maybe', late, no]);
    expect(await asking.firstYes(all, patience)).toBe(-1);
    expect(asked).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(left).toEqual([1, 3, 5, 6]);
    expect(told).toHaveLength(4);
  });

  it('and the default may say yes', async () => {
    const { asking, patience } = made();
    const [first, second] = questions([no, broken]).all;
    const all = [first, second].flatMap((each) => (each ? { ...each, otherwise: yes } : []));
    expect(await asking.firstYes(all, patience)).toBe(1);
  });

  it('while others have their turn', async () => {
    const { asking, time, patience } = made();
    const slowly = () => {
      for (const end = performance.now() + 1; time.now < end; ) time.now = performance.now();
      return false;
    };
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);
    await asking.firstYes(questions(times(300, slowly)).all, patience);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(2);
  });
});

describe('a handler that takes its time', () => {
  it('is asked no more about an action that took too long altogether, but about others', async () => {
    const { asking, time, told, patience } = made({ actionMs: 2_000 });
    const slow = async () => {
      time.now += 600;
      return false;
    };
    const first = questions(times(8, slow));
    expect(await asking.firstYes(first.all, patience)).toBe(-1);
    expect(first.asked).toEqual([0, 1, 2, 3]);
    expect(first.left).toEqual([4, 5, 6, 7]);
    expect(told).toEqual(['a1 group: Error: took longer than 2000 ms for one action']);
    const again = questions([slow]);
    await asking.firstYes(again.all, patience);
    expect(again.asked).toEqual([]);
    const other = questions([slow], { action: 'a2' });
    await asking.firstYes(other.all, patience);
    expect(other.asked).toEqual([0]);
  });

  it('is left alone for a while where a whole drain waited for it too long', async () => {
    const { asking, time, told, patience } = made({ actionMs: 2_000, drainMs: 3_000, restMs: 1_000 });
    const slow = () => {
      time.now += 900;
      return false;
    };
    const asked: number[] = [];
    for (const action of ['a1', 'a2', 'a3', 'a4', 'a5']) {
      const each = questions([slow], { action });
      await asking.firstYes(each.all, patience);
      asked.push(each.asked.length);
    }
    expect(asked).toEqual([1, 1, 1, 1, 0]);
    expect(told).toEqual(['a4 group: Error: took longer than 3000 ms; it is not asked for 1000 ms']);
    const text = questions([no], { part: 'combineWith.opened', action: 'a5' });
    await asking.firstYes(text.all, patience);
    expect(text.asked).toEqual([0]);
    time.now += 1_000;
    const later = questions([no], { action: 'a6' });
    await asking.firstYes(later.all, new Patience());
    expect(later.asked).toEqual([0]);
  });
});
