/**
 * Records the CPU profile of this process, one at a time. V8 reports positions in the code that tsx compiled, where a file is
 * one long line. The profile gets the positions in the source instead.
 */
import { writeFile } from 'node:fs/promises';
import type { Profiler, Runtime } from 'node:inspector';
import { Session } from 'node:inspector/promises';
import { findSourceMap } from 'node:module';
import { summarizeProfile } from '../heaviest-functions.ts';
import type { ProfileSummary } from '../messages.ts';

const SAMPLING_MICROSECONDS = 500;
const ROOT = new URL('../../', import.meta.url).href;

export class CpuProfiler {
  readonly #session = new Session();

  async start(): Promise<void> {
    this.#session.connect();
    await this.#session.post('Profiler.enable');
    await this.#session.post('Profiler.setSamplingInterval', { interval: SAMPLING_MICROSECONDS });
    await this.#session.post('Profiler.start');
  }

  /** Writes the profile to a file that Chrome DevTools opens. */
  async stop(file: string): Promise<ProfileSummary> {
    const { profile } = await this.#session.post('Profiler.stop');
    this.#session.disconnect();
    const mapped = { ...profile, nodes: profile.nodes.map(toSource) };
    await writeFile(file, JSON.stringify(mapped));
    return summarizeProfile(mapped, ROOT);
  }
}

function toSource(node: Profiler.ProfileNode): Profiler.ProfileNode {
  const callFrame = sourceFrame(node.callFrame);
  // The ticks have compiled lines without columns, so they have no positions in the source.
  return callFrame === node.callFrame ? node : { ...node, callFrame, positionTicks: undefined };
}

function sourceFrame(frame: Runtime.CallFrame): Runtime.CallFrame {
  const entry = findSourceMap(frame.url)?.findEntry(frame.lineNumber, frame.columnNumber);
  // Packages that were compiled before they were published keep the positions in the published file.
  if (entry === undefined || !('originalLine' in entry) || entry.originalSource !== frame.url) return frame;
  return { ...frame, lineNumber: entry.originalLine, columnNumber: entry.originalColumn };
}
