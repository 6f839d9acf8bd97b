import { invalid } from '../errors.ts';
import type { Settings } from '../settings.ts';

/** @throws HubError invalid_input if the name is not configured */
export function levelOf(level: number | string, settings: Settings, path: string): number {
  if (typeof level === 'number') return level;
  const value = Object.hasOwn(settings.levels, level) ? settings.levels[level] : undefined;
  if (value !== undefined) return value;
  throw invalid([{ path, message: `must be a number or one of ${Object.keys(settings.levels).join(', ')}` }]);
}
