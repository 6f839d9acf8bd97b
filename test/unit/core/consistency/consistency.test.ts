import { describe, expect, it } from 'vitest';
import { withFeedWrite } from '../../../../core/consistency/feed-write.ts';
import { invalidating } from '../../../../core/consistency/invalidating.ts';
import { withTasks } from '../../../../core/consistency/with-tasks.ts';
import { asPosition } from '../../../../core/model/units.ts';
import type { PendingTask, Task } from '../../../../core/ports/tasks.ts';

/** A clock whose writes take too long `slow` times, and a record of the calls. */
function clockOf(slow: number) {
  const calls: string[] = [];
  let position = asPosition(100);
  let ends = 0;
  const clock = {
    begin: async (_space: string, writer: string, users: readonly string[]) => {
      position = asPosition(position + 1);
      calls.push(`${writer} begins at ${position} for ${users}`);
      return position;
    },
    end: async (_space: string, writer: string) => {
      calls.push(`${writer} ends`);
      ends += 1;
      return ends > slow;
    },
  };
  return { calls, deps: { clock, newId: () => 'w' } };
}

describe('a feed write', () => {
  it('moves to a later position until readers cannot have passed it', async () => {
    const { calls, deps } = clockOf(2);
    const result = await withFeedWrite(deps, 'default', ['ada'], {
      write: async (at) => {
        calls.push(`writes at ${at}`);
        return 'written';
      },
      advance: async (from, to, written) => calls.push(`advances ${written} from ${from} to ${to}`),
    });
    expect(result).toEqual({ written: 'written', position: 103 });
    expect(calls).toEqual([
      'w begins at 101 for ada',
      'writes at 101',
      'w ends',
      'w begins at 102 for ada',
      'advances written from 101 to 102',
      'w ends',
      'w begins at 103 for ada',
      'advances written from 102 to 103',
      'w ends',
    ]);
  });

  it('stays in flight if it fails, so that a worker repairs it', async () => {
    const { calls, deps } = clockOf(0);
    const failing = withFeedWrite(deps, 'default', ['ada'], {
      write: () => Promise.reject(new Error('no database')),
      advance: async () => undefined,
    });
    await expect(failing).rejects.toThrow('no database');
    expect(calls).toEqual(['w begins at 101 for ada']);
  });
});

describe('an invalidation', () => {
  const record = () => {
    const calls: string[] = [];
    const invalidations = {
      begin: async (_space: string, names: readonly string[]) => void calls.push(`begin ${names}`),
      end: async (_space: string, names: readonly string[]) => void calls.push(`end ${names}`),
    };
    return { calls, invalidations };
  };

  it('surrounds the change and returns its result', async () => {
    const { calls, invalidations } = record();
    const change = async () => calls.push('change');
    expect(await invalidating(invalidations, 'default', ['u:ada'], change)).toBe(2);
    expect(calls).toEqual(['begin u:ada', 'change', 'end u:ada']);
  });

  it('stays active if the change fails, because part of it may be stored', async () => {
    const { calls, invalidations } = record();
    const failing = invalidating(invalidations, 'default', ['u:ada'], () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(calls).toEqual(['begin u:ada']);
  });
});

describe('background tasks', () => {
  const tasks: Task[] = [
    { kind: 'recall', action: 'a' },
    { kind: 'recall', action: 'b' },
  ];
  const record = () => {
    const calls: string[] = [];
    const namesOf = (list: readonly PendingTask[]) => list.map(({ name }) => name);
    const store = {
      lease: async (_space: string, list: readonly Task[]): Promise<PendingTask[]> => {
        calls.push(`lease ${list.length}`);
        return list.map((task, n) => ({ task, name: `task ${n}`, leaseToken: n }));
      },
      completeAll: async (_space: string, list: readonly PendingTask[]) =>
        void calls.push(`complete ${namesOf(list)}`),
      markReady: async (_space: string, list: readonly PendingTask[]) =>
        void calls.push(`ready ${namesOf(list)}`),
    };
    return { calls, store };
  };

  it('are leased before the work; what is left may start, and the rest is complete', async () => {
    const { calls, store } = record();
    const result = await withTasks(store, 'default', tasks, async (leased) => {
      calls.push('work');
      return { result: 7, remaining: leased.slice(1) };
    });
    expect(result).toBe(7);
    expect(calls).toEqual(['lease 2', 'work', 'complete task 0', 'ready task 1']);
  });

  it('stay leased if the work fails, so that workers start them when the lease expires', async () => {
    const { calls, store } = record();
    const failing = withTasks(store, 'default', tasks, () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(calls).toEqual(['lease 2']);
  });
});
