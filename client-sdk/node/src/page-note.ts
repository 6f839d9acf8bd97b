import { limits } from '../../../protocol/limits.ts';

/** The outcome of a request. */
export interface PageOutcome {
  status: number;
  /** False: the connection closed before the whole response was sent. */
  isComplete: boolean;
  /** The `Location` header. */
  location?: unknown;
}

/**
 * The note of a page event: the path, plus the target of a redirect, or the status of an error. Long paths are
 * truncated; the rest of the note is not.
 */
export function formatNote(path: string, { status, isComplete, location }: PageOutcome): string {
  if (!isComplete) return withSuffix(path, ' (broken off)');
  if (status >= 400) return withSuffix(path, ` (${status})`);
  if (status < 300 || status === 304 || typeof location !== 'string') return withSuffix(path, '');
  const target = withoutQuery(location);
  const from = truncate(path, Math.max(HALF_NOTE, limits.eventNote - ARROW.length - target.length));
  return from + ARROW + truncate(target, limits.eventNote - ARROW.length - from.length);
}

/** Removes query and fragment, which may contain secrets. */
export const withoutQuery = (address: string): string => address.split(/[?#]/, 1)[0] ?? '';

const ARROW = ' → ';
/** The minimum length for the left side of the arrow. */
const HALF_NOTE = (limits.eventNote - ARROW.length) / 2;

const withSuffix = (path: string, suffix: string): string =>
  truncate(path, limits.eventNote - suffix.length) + suffix;

const ELLIPSIS = '…';

const truncate = (text: string, maxLength: number): string => {
  const wellFormed = text.toWellFormed();
  // Well-formed again: the cut may split a surrogate pair.
  return wellFormed.length <= maxLength
    ? wellFormed
    : wellFormed.slice(0, maxLength - ELLIPSIS.length).toWellFormed() + ELLIPSIS;
};
