/** The summary of a CPU profile that `npm run bench -- --profile` prints. */
import type { Profiler } from 'node:inspector';
import { describe, expect, it } from 'vitest';
import { summarizeProfile } from '../../../bench/heaviest-functions.ts';

const ROOT = 'file:///home/ada/hub%20bub/';

type Node = Profiler.ProfileNode;

function node(id: number, functionName: string, children: number[] = [], url = '', line = 0): Node {
  const callFrame = { functionName, scriptId: '0', url, lineNumber: line - 1, columnNumber: 0 };
  return { id, callFrame, children };
}

const walk = (id: number, children: number[]) => node(id, 'walk', children, `${ROOT}core/walk.ts`, 3);
const insert = (id: number) => node(id, 'insert', [], `${ROOT}node_modules/mongodb/lib/insert.js`, 12);

/** `main` calls `walk`, which calls itself and `insert`. `insert` is also called by `main`. */
const nodes = [
  node(1, '(root)', [2, 3, 4, 5]),
  node(2, '(idle)'),
  node(3, '(program)'),
  node(4, '(garbage collector)'),
  node(5, 'main', [6, 9], `${ROOT}main.ts`, 1),
  walk(6, [7]),
  walk(7, [8]),
  insert(8),
  insert(9),
];

/** Each sample is a node and its milliseconds. */
function summary(samples: Array<[id: number, milliseconds: number]>, changed: Node[] = []) {
  const durations = samples.map(([, milliseconds]) => milliseconds * 1_000);
  const startTime = 1_000_000;
  // The first sample comes 2 ms after the start.
  const timeDeltas = [2_000, ...durations.slice(0, -1)];
  const endTime = startTime + 2_000 + durations.reduce((sum, each) => sum + each, 0);
  const ids = samples.map(([id]) => id);
  return summarizeProfile(
    { nodes: [...nodes, ...changed], samples: ids, timeDeltas, startTime, endTime },
    ROOT,
  );
}

const timesOf = ({ functions }: ReturnType<typeof summary>) =>
  functions.map(({ name, selfMs, totalMs }) => [name, selfMs, totalMs]);

describe('the heaviest functions', () => {
  it('are ordered by self time, which lasts from a sample to the next one', () => {
    expect(
      timesOf(
        summary([
          [5, 1],
          [6, 2],
          [9, 6],
        ]),
      ),
    ).toEqual([
      ['insert', 6, 6],
      ['walk', 2, 2],
      ['main', 1, 9],
    ]);
  });

  it('include a function once, wherever it is called', () => {
    expect(
      timesOf(
        summary([
          [8, 4],
          [9, 5],
        ]),
      ),
    ).toEqual([['insert', 9, 9]]);
  });

  it('count recursion once in the total', () => {
    expect(
      timesOf(
        summary([
          [6, 1],
          [7, 2],
          [8, 4],
          [6, 1],
        ]),
      ),
    ).toEqual([
      ['walk', 4, 8],
      ['insert', 4, 4],
    ]);
  });

  it('have shares of the busy time: garbage collection counts, idleness does not', () => {
    const { recordedMs, busyMs, functions } = summary([
      [2, 50],
      [4, 3],
      [3, 1],
      [2, 40],
      [5, 6],
    ]);
    expect({ recordedMs, busyMs }).toEqual({ recordedMs: 100, busyMs: 10 });
    expect(functions.map(({ name, share }) => [name, share])).toEqual([
      ['main', 0.6],
      ['(garbage collector)', 0.3],
      ['(program)', 0.1],
    ]);
  });

  it('are at most ten', () => {
    const many = Array.from({ length: 12 }, (_, index) => node(100 + index, `f${index}`));
    const { functions } = summary(
      many.map(({ id }, index): [number, number] => [id, index + 1]),
      many,
    );
    expect(functions.map(({ selfMs }) => selfMs)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
  });

  it('are none in an idle process', () => {
    expect(summary([[2, 30]])).toEqual({ recordedMs: 30, busyMs: 0, functions: [] });
    expect(summary([])).toEqual({ recordedMs: 0, busyMs: 0, functions: [] });
  });
});

describe('a location', () => {
  const locationOf = (url: string, line = 12) => {
    const [found] = summary([[20, 1]], [node(20, '', [], url, line)]).functions;
    expect(found?.name).toBe('(anonymous)');
    return found?.location;
  };

  it('is relative to the repository', () => {
    expect(locationOf(`${ROOT}core/feed/write/writer.ts`)).toBe('core/feed/write/writer.ts:12');
    expect(locationOf(`${ROOT}docs/a%20b.ts`)).toBe('docs/a b.ts:12');
  });

  it('starts with the package in node_modules', () => {
    expect(locationOf(`${ROOT}node_modules/bson/lib/bson.js`)).toBe('bson/lib/bson.js:12');
    expect(locationOf(`${ROOT}node_modules/a/node_modules/@scope/b/c.js`)).toBe('@scope/b/c.js:12');
  });

  it('is complete elsewhere', () => {
    expect(locationOf('node:internal/timers')).toBe('node:internal/timers:12');
    expect(locationOf('file:///other/a.js')).toBe('file:///other/a.js:12');
  });

  it('has no line for the code of a module outside of functions', () => {
    expect(locationOf(`${ROOT}main.ts`, 0)).toBe('main.ts');
  });

  it('is empty for native code', () => {
    expect(locationOf('', 0)).toBe('');
  });
});
