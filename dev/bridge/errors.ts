/**
 * MongoDB's errors, and the conversion from PostgreSQL's.
 *
 * DocumentDB raises MongoDB's errors with its own SQLSTATEs (`M0008` is NamespaceNotFound). In `writeErrors` it packs the
 * SQLSTATE into a number, six bits per character.
 */

import { serialize } from 'bson';
import pg from 'pg';

export const Code = {
  InternalError: 1,
  BadValue: 2,
  FailedToParse: 9,
  TypeMismatch: 14,
  InvalidLength: 16,
  IllegalOperation: 20,
  NamespaceNotFound: 26,
  IndexNotFound: 27,
  CursorNotFound: 43,
  NamespaceExists: 48,
  MaxTimeMSExpired: 50,
  CommandNotFound: 59,
  InterruptedAtShutdown: 11600,
  WriteConflict: 112,
  CommandNotSupported: 115,
  NoSuchTransaction: 251,
  TransactionCommitted: 256,
  TooManyLogicalSessions: 261,
  OperationNotSupportedInTransaction: 263,
  DuplicateKey: 11000,
} as const;

/** SQLSTATE → code, with the names that programs check. Other errors become InternalError. */
const STATES: Record<string, [code: number, name: string]> = {
  M0000: [1, 'InternalError'],
  M0001: [2, 'BadValue'],
  M0002: [5, 'GraphContainsCycle'],
  M0003: [9, 'FailedToParse'],
  M0004: [14, 'TypeMismatch'],
  M0005: [15, 'Overflow'],
  M0006: [20, 'IllegalOperation'],
  M0007: [23, 'AlreadyInitialized'],
  M0008: [26, 'NamespaceNotFound'],
  M0009: [27, 'IndexNotFound'],
  M000A: [28, 'PathNotViable'],
  M000C: [34, 'CannotBackfillArray'],
  M000D: [40, 'ConflictingUpdateOperators'],
  M000E: [43, 'CursorNotFound'],
  M000F: [48, 'NamespaceExists'],
  M000G: [52, 'DollarPrefixedFieldName'],
  M000H: [53, 'CanNotBeTypeArray'],
  M000I: [54, 'NotSingleValueField'],
  M000J: [56, 'EmptyFieldName'],
  M000K: [57, 'DottedFieldName'],
  M000M: [66, 'ImmutableField'],
  M000N: [67, 'CannotCreateIndex'],
  M000O: [68, 'IndexAlreadyExists'],
  M000P: [72, 'InvalidOptions'],
  M000Q: [73, 'InvalidNamespace'],
  M000R: [85, 'IndexOptionsConflict'],
  M000S: [86, 'IndexKeySpecsConflict'],
  M000T: [111, 'NotExactValueField'],
  M000U: [115, 'CommandNotSupported'],
  M000W: [146, 'ExceededMemoryLimit'],
  M0012: [197, 'InvalidIndexSpecificationOption'],
  M0013: [224, 'QueryFeatureNotAllowed'],
  M0015: [241, 'ConversionFailure'],
  M0016: [263, 'OperationNotSupportedInTransaction'],
  M0017: [276, 'IndexBuildAborted'],
  M001B: [10334, 'BSONObjectTooLarge'],
  M001C: [11000, 'DuplicateKey'],
  M007R: [40319, 'Location40319'],
  M007T: [40323, 'Location40323'],
  M007U: [40324, 'Location40324'],
  M0088: [40415, 'Location40415'],
  M00CO: [121, 'DocumentValidationFailure'],
  M00DO: [16, 'InvalidLength'],
  M00EX: [50, 'MaxTimeMSExpired'],
  M00EY: [59, 'CommandNotFound'],
  M00F1: [112, 'WriteConflict'],
  '22023': [2, 'BadValue'],
  '23505': [11000, 'DuplicateKey'],
  '23P01': [11000, 'DuplicateKey'],
  '40001': [112, 'WriteConflict'],
  '40P01': [112, 'WriteConflict'],
  '55P03': [112, 'WriteConflict'],
  '53100': [14031, 'OutOfDiskSpace'],
  '57014': [50, 'MaxTimeMSExpired'],
};

const NAMES = new Map<number, string>([
  ...Object.values(STATES),
  ...Object.entries(Code).map(([name, code]): [number, string] => [code, name]),
]);

export class MongoError extends Error {
  readonly code: number;
  readonly details: Record<string, unknown>;

  constructor(code: number, message: string, details: Record<string, unknown> = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** An error after which the client may retry its whole transaction. */
export function transientError(code: number, message: string): MongoError {
  return new MongoError(code, message, { errorLabels: ['TransientTransactionError'] });
}

export function unpackState(packed: number): string {
  let state = '';
  for (let i = 0, rest = packed; i < 5; i++, rest >>= 6) state += String.fromCharCode((rest & 0x3f) + 48);
  return state;
}

/** Converts an error code in a result of DocumentDB: a packed SQLSTATE, or already a MongoDB code. */
export function codeOf(packed: number): number {
  return STATES[unpackState(packed)]?.[0] ?? (packed > 1 << 24 ? Code.InternalError : packed);
}

/** A lock conflict: a retry of the same operation may succeed. */
export function isConflict(code: number): boolean {
  return code === Code.WriteConflict;
}

export function toMongoError(error: unknown): MongoError {
  if (error instanceof MongoError) return error;
  if (error instanceof pg.DatabaseError) {
    const code = STATES[error.code ?? '']?.[0] ?? Code.InternalError;
    return new MongoError(code, error.message);
  }
  return new MongoError(Code.InternalError, error instanceof Error ? error.message : String(error));
}

export function encodeError(error: MongoError): Buffer {
  const { code, message, details } = error;
  const codeName = NAMES.get(code) ?? `Location${code}`;
  return Buffer.from(serialize({ ok: 0, errmsg: message, code, codeName, ...details }));
}
