/** What became of hostile inputs, and what is wrong with that. */
import { type ErrorCode, errorCodes } from '../../../protocol/errors.ts';
import { problemAnswer } from '../../../protocol/schemas/answers.ts';

export interface Verdict {
  /** `unavailable`: a database was too slow, as it may be on a busy machine; the same input is to be sent again. */
  outcome: 'accepted' | 'refused' | 'unknown' | 'unavailable';
  /** `null`: nothing. */
  fault: string | null;
}

const UNAVAILABLE: Verdict = { outcome: 'unavailable', fault: null };
const refused = (fault: string | null): Verdict => ({ outcome: 'refused', fault });

/** An answer over HTTP. `field`: the one at fault, where there is only one. */
export function verdictOnAnswer(
  answer: { status: number; type: string; text: string; isHead: boolean },
  field: string | null,
): Verdict {
  const { status, type, text, isHead } = answer;
  if (status < 400) return { outcome: 'accepted', fault: null };
  if (status === 503 && text.includes('"code":"unavailable"')) return UNAVAILABLE;
  if (status >= 500 || status === 429) return refused(`is answered with ${status}: ${text}`);
  if (isHead) return refused(null);
  if (!type.startsWith('application/problem+json'))
    return refused(`is answered with ${status} as ${type}: ${text}`);
  const { success, data } = problemAnswer.safeParse(JSON.parse(text));
  if (!success) return refused(`is answered with a problem that is none: ${text}`);
  if (data.status !== status || errorCodes[data.code].status !== status) {
    return refused(`is answered with ${status} and the code ${data.code}`);
  }
  return refused(faultOf({ ...data, message: data.detail }, field));
}

/** An acknowledgement. */
export function verdictOnAck(ack: unknown, field: string | null): Verdict {
  const { ok, error } = Object(ack) as { ok?: unknown; error?: Told };
  if (ok === true) return { outcome: 'accepted', fault: null };
  if (ok !== false || !error || !Object.hasOwn(errorCodes, error.code)) {
    return refused(`is acknowledged with ${JSON.stringify(ack)}`);
  }
  if (error.code === 'unavailable') return UNAVAILABLE;
  const { status } = errorCodes[error.code];
  if (status >= 500 || status === 429) return refused(`is acknowledged with ${error.code}`);
  return refused(faultOf(error, field));
}

interface Told {
  code: ErrorCode;
  message: string;
  fields?: ReadonlyArray<{ path: string; message: string }>;
}

function faultOf({ code, message, fields }: Told, field: string | null): string | null {
  if (message === '') return `is refused without a word, as ${code}`;
  if (code !== 'invalid_input' || field === null) return null;
  // A rule that concerns several fields names the whole; what an action has beside its own fields is its `data`.
  const isNamed = fields?.some(({ path }) => ['', 'data', field].includes(path) || isBelow(path, field));
  return isNamed ? null : `does not name the field ${field}: ${JSON.stringify({ message, fields })}`;
}

const isBelow = (path: string, field: string): boolean =>
  path.startsWith(`${field}.`) || path.startsWith(`${field}[`);

/** What was tried. Faults are told with the input; of many, the first. */
export class Ledger {
  readonly refused = new Set<string>();
  readonly faults: string[] = [];
  readonly counts = { accepted: 0, refused: 0, unknown: 0, unavailable: 0 };

  note(mark: string, input: unknown, { outcome, fault }: Verdict): void {
    this.counts[outcome] += 1;
    if (outcome === 'refused') this.refused.add(mark);
    if (fault !== null) this.faults.push(`${fault.slice(0, 500)}\n  ${shown(input)}`);
  }
}

function shown(input: unknown): string {
  const text = JSON.stringify(input, (_name, value: unknown) => {
    const isBytes =
      typeof value === 'object' &&
      value !== null &&
      'type' in value &&
      value.type === 'Buffer' &&
      'data' in value;
    return isBytes ? Buffer.from(value.data as number[]).toString('latin1') : value;
  });
  return text.length > 1_000 ? `${text.slice(0, 1_000)}… (${text.length} characters)` : text;
}
