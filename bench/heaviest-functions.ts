/** The functions of a CPU profile that take the most time. */
import type { Profiler, Runtime } from 'node:inspector';
import type { ProfileSummary } from './messages.ts';

const COUNT = 10;

/** Microseconds of a function, wherever it is called. */
interface Cost {
  frame: Runtime.CallFrame;
  self: number;
  total: number;
}

/** `root` is the repository's `file:` URL with a slash at the end. Files in it get relative paths. */
export function summarizeProfile(profile: Profiler.Profile, root: string): ProfileSummary {
  const costs = new Map<string, Cost>();
  const costOfNode = new Map<number, Cost>();
  const parents = new Map<number, number>();
  for (const { id, callFrame, children = [] } of profile.nodes) {
    const key = JSON.stringify([
      callFrame.functionName,
      callFrame.url,
      callFrame.lineNumber,
      callFrame.columnNumber,
    ]);
    const cost = costs.get(key) ?? { frame: callFrame, self: 0, total: 0 };
    costs.set(key, cost);
    costOfNode.set(id, cost);
    for (const child of children) parents.set(child, id);
  }

  let recorded = 0;
  for (const [id, time] of selfTimes(profile)) {
    recorded += time;
    const top = costOfNode.get(id);
    if (top !== undefined) top.self += time;
    // A set, because a recursive function is on the stack repeatedly.
    const stack = new Set<Cost>();
    for (let node: number | undefined = id; node !== undefined; node = parents.get(node)) {
      const cost = costOfNode.get(node);
      if (cost !== undefined) stack.add(cost);
    }
    for (const cost of stack) cost.total += time;
  }

  const all = [...costs.values()];
  const idle = all.find(({ frame }) => frame.functionName === '(idle)')?.self ?? 0;
  const busy = recorded - idle;
  const functions = all
    .filter(({ frame, self }) => self > 0 && !['(idle)', '(root)'].includes(frame.functionName))
    .sort((a, b) => b.self - a.self)
    .slice(0, COUNT)
    .map(({ frame, self, total }) => ({
      name: frame.functionName || '(anonymous)',
      location: locationOf(frame, root),
      selfMs: self / 1_000,
      share: self / busy,
      totalMs: total / 1_000,
    }));
  return { recordedMs: recorded / 1_000, busyMs: busy / 1_000, functions };
}

/** Microseconds per node. A sample lasts until the next one, as in Chrome DevTools. */
function selfTimes({
  samples = [],
  timeDeltas = [],
  startTime,
  endTime,
}: Profiler.Profile): Map<number, number> {
  const times = new Map<number, number>();
  let now = startTime;
  for (const [index, id] of samples.entries()) {
    now += timeDeltas[index] ?? 0;
    const duration = index + 1 < samples.length ? (timeDeltas[index + 1] ?? 0) : endTime - now;
    times.set(id, (times.get(id) ?? 0) + duration);
  }
  return times;
}

/** `core/feed/write/writer.ts:12`, or `package/lib/file.js:12`. Empty for native code. */
function locationOf({ url, lineNumber }: Runtime.CallFrame, root: string): string {
  if (url === '') return '';
  const modules = '/node_modules/';
  const inModules = url.lastIndexOf(modules);
  let path = url;
  if (inModules >= 0) path = url.slice(inModules + modules.length);
  else if (url.startsWith(root)) path = url.slice(root.length);
  // Lines in profiles count from 0. The code of a module outside of functions has line -1.
  return lineNumber < 0 ? decodeURI(path) : `${decodeURI(path)}:${lineNumber + 1}`;
}
