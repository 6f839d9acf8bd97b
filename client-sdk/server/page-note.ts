import { limits } from '../../protocol/limits.ts';

/** How a request ended. */
export interface Outcome {
  status: number;
  /** False: it broke off before all of it was sent. */
  sent: boolean;
  /** The header `Location`. */
  location?: unknown;
}

/**
 * The note of a page event: the path, of a redirect also its target, of an error also the status. Paths that are too long
 * for a note are cut, the end of the note is not.
 */
export function noteOf(path: string, { status, sent, location }: Outcome): string {
  if (!sent) return ended(path, ' (broken off)');
  if (status >= 400) return ended(path, ` (${status})`);
  if (status < 300 || status === 304 || typeof location !== 'string') return ended(path, '');
  const target = withoutQuery(location);
  const from = cut(path, Math.max(HALF, limits.eventNote - ARROW.length - target.length));
  return from + ARROW + cut(target, limits.eventNote - ARROW.length - from.length);
}

/** Of an address: what follows the path may hold what nobody should read. */
export const withoutQuery = (address: string): string => address.split(/[?#]/, 1)[0] ?? '';

const ARROW = ' → ';
/** Half of a note for each side of an arrow. */
const HALF = (limits.eventNote - ARROW.length) / 2;

const ended = (path: string, end: string): string => cut(path, limits.eventNote - end.length) + end;

const CUT = '…';

const cut = (text: string, most: number): string => {
  const whole = text.toWellFormed();
  // Well-formed once more: the cut may go through a character.
  return whole.length <= most ? whole : whole.slice(0, most - CUT.length).toWellFormed() + CUT;
};
