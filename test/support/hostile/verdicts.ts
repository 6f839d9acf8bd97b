/** The outcomes of hostile inputs, and the faults in them. */
import { type ErrorCode, errorCodes } from '../../../protocol/errors.ts';
import { problemResponse } from '../../../protocol/schemas/responses.ts';

export interface Verdict {
  /** `unavailable`: a database was too slow, as may happen on a busy machine. The input must be sent again. */
  outcome: 'accepted' | 'refused' | 'unknown' | 'unavailable';
  /** `null` if there is no fault. */
  fault: string | null;
}

const UNAVAILABLE: Verdict = { outcome: 'unavailable', fault: null };
const refused = (fault: string | null): Verdict => ({ outcome: 'refused', fault });

/** Judges an HTTP response. `field` is the invalid field, if there is exactly one. */
export function verdictOnResponse(
  response: { status: number; type: string; text: string; isHead: boolean },
  field: string | null,
): Verdict {
  const { status, type, text, isHead } = response;
  if (status < 400) return { outcome: 'accepted', fault: null };
  if (status === 503 && text.includes('"code":"unavailable"')) return UNAVAILABLE;
  if (status >= 500 || status === 429) return refused(`has the response ${status}: ${text}`);
  if (isHead) return refused(null);
  if (!type.startsWith('application/problem+json'))
    return refused(`has the response ${status} as ${type}: ${text}`);
  const { success, data } = problemResponse.safeParse(JSON.parse(text));
  if (!success) return refused(`has an invalid problem body: ${text}`);
  if (data.status !== status || errorCodes[data.code].status !== status) {
    return refused(`has the response ${status} and the code ${data.code}`);
  }
  return refused(faultOf({ ...data, message: data.detail }, field));
}

/** Judges an acknowledgement. */
export function verdictOnAck(ack: unknown, field: string | null): Verdict {
  const { ok, error } = Object(ack) as { ok?: unknown; error?: ErrorFields };
  if (ok === true) return { outcome: 'accepted', fault: null };
  if (ok !== false || !error || !Object.hasOwn(errorCodes, error.code)) {
    return refused(`is acknowledged with ${JSON.stringify(ack)}`);
  }
  if (error.code === 'unavailable') return UNAVAILABLE;
  const { status } = errorCodes[error.code];
  if (status >= 500 || status === 429) return refused(`is acknowledged with ${error.code}`);
  return refused(faultOf(error, field));
}

interface ErrorFields {
  code: ErrorCode;
  message: string;
  fields?: ReadonlyArray<{ path: string; message: string }>;
}

function faultOf({ code, message, fields }: ErrorFields, field: string | null): string | null {
  if (message === '') return `is refused without a message, as ${code}`;
  if (code !== 'invalid_input' || field === null) return null;
  // A rule about several fields names the whole payload. Unknown fields of an action are part of its `data`.
  const isNamed = fields?.some(({ path }) => ['', 'data', field].includes(path) || isBelow(path, field));
  return isNamed ? null : `does not name the field ${field}: ${JSON.stringify({ message, fields })}`;
}

const isBelow = (path: string, field: string): boolean =>
  path.startsWith(`${field}.`) || path.startsWith(`${field}[`);

/** Counts the outcomes, and keeps each fault with its input. */
export class VerdictLog {
  readonly refused = new Set<string>();
  readonly faults: string[] = [];
  readonly counts = { accepted: 0, refused: 0, unknown: 0, unavailable: 0 };

  record(mark: string, input: unknown, { outcome, fault }: Verdict): void {
    this.counts[outcome] += 1;
    if (outcome === 'refused') this.refused.add(mark);
    if (fault !== null) this.faults.push(`${fault.slice(0, 500)}\n  ${formatInput(input)}`);
  }
}

function formatInput(input: unknown): string {
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
