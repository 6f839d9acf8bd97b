/** Relative time, such as "5 minutes ago". */

const units: Array<[unit: Intl.RelativeTimeFormatUnit, seconds: number]> = [
  ['year', 31_556_952],
  ['month', 2_629_746],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** Creating formatters is slow, and a page has one locale, rarely two. */
const relative = new Map<string | undefined, Intl.RelativeTimeFormat>();
const absolute = new Map<string | undefined, Intl.DateTimeFormat>();

function cachedFormat<T>(
  formats: Map<string | undefined, T>,
  locale: string | undefined,
  create: () => T,
): T {
  const format = formats.get(locale) ?? create();
  formats.set(locale, format);
  return format;
}

export interface TimeOptions {
  /** BCP 47. Default: the page's. */
  locale?: string;
  /** Milliseconds since 1970. Default: the current time. */
  now?: number;
}

/** `time` is ISO 8601. Less than a minute ago is "now", and so is the future, because the local clock may be slow. */
export function formatRelative(time: string, { locale, now = Date.now() }: TimeOptions = {}): string {
  const format = cachedFormat(
    relative,
    locale,
    () => new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'long' }),
  );
  const seconds = Math.min(0, (Date.parse(time) - now) / 1_000);
  for (const [unit, length] of units) {
    if (-seconds >= length) return format.format(Math.ceil(seconds / length), unit);
  }
  return format.format(0, 'second');
}

/** The full date and the time with seconds. */
export function formatExact(time: string, { locale }: Pick<TimeOptions, 'locale'> = {}): string {
  const format = cachedFormat(
    absolute,
    locale,
    () => new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'medium' }),
  );
  return format.format(new Date(time));
}

/** Milliseconds until the result of `formatRelative` changes. */
export function msUntilChange(time: string, { now = Date.now() }: Pick<TimeOptions, 'now'> = {}): number {
  const age = Math.max(0, now - Date.parse(time));
  const unit = (units.find(([, seconds]) => age >= seconds * 1_000)?.[1] ?? 60) * 1_000;
  return unit - (age % unit);
}
