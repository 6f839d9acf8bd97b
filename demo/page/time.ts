/** Time as people say it: "5 minutes ago". */

const steps: Array<[unit: Intl.RelativeTimeFormatUnit, seconds: number]> = [
  ['year', 31_556_952],
  ['month', 2_629_746],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'long' });
const absolute = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });

/** Below a minute it is now; a clock that is behind does not make it the future. */
export function ago(time: string, now = Date.now()): string {
  const seconds = Math.min(0, (Date.parse(time) - now) / 1_000);
  for (const [unit, length] of steps) {
    if (-seconds >= length) return relative.format(Math.ceil(seconds / length), unit);
  }
  return relative.format(0, 'second');
}

export function exactly(time: string): string {
  return absolute.format(new Date(time));
}
