/** Time as people say it: "5 minutes ago". */

const steps: Array<[unit: Intl.RelativeTimeFormatUnit, seconds: number]> = [
  ['year', 31_556_952],
  ['month', 2_629_746],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** Formatters are costly to make, and a page has one locale, rarely two. */
const relative = new Map<string | undefined, Intl.RelativeTimeFormat>();
const absolute = new Map<string | undefined, Intl.DateTimeFormat>();

function known<T>(formats: Map<string | undefined, T>, locale: string | undefined, make: () => T): T {
  const format = formats.get(locale) ?? make();
  formats.set(locale, format);
  return format;
}

export interface TimeOptions {
  /** BCP 47; default the page's. */
  locale?: string;
  /** Milliseconds since 1970; default the clock's. */
  now?: number;
}

/** `time` is ISO 8601. Below a minute it is now; a clock that is behind does not make it the future. */
export function ago(time: string, { locale, now = Date.now() }: TimeOptions = {}): string {
  const format = known(
    relative,
    locale,
    () => new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'long' }),
  );
  const seconds = Math.min(0, (Date.parse(time) - now) / 1_000);
  for (const [unit, length] of steps) {
    if (-seconds >= length) return format.format(Math.ceil(seconds / length), unit);
  }
  return format.format(0, 'second');
}

/** With date and seconds. */
export function exactly(time: string, { locale }: Pick<TimeOptions, 'locale'> = {}): string {
  const format = known(
    absolute,
    locale,
    () => new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'medium' }),
  );
  return format.format(new Date(time));
}

/** Milliseconds until `ago` says something else. */
export function agesIn(time: string, { now = Date.now() }: Pick<TimeOptions, 'now'> = {}): number {
  const age = Math.max(0, now - Date.parse(time));
  const unit = (steps.find(([, seconds]) => age >= seconds * 1_000)?.[1] ?? 60) * 1_000;
  return unit - (age % unit);
}
