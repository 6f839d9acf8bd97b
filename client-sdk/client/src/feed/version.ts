/**
 * Decides which of two states is newer. For responses, positions alone are not enough. A push is ordered by its
 * position. A response was read after everything that the hub had pushed when it was requested. It may still have a
 * lower position, because the hub never returns one beyond a change that is being written. So if pushes were lost, a
 * response replaces everything that had been applied when it was requested, and yields to newer pushes that arrived
 * meanwhile.
 */

/** When something was last applied. Positions are opaque and compare as strings; `''` sorts before all of them. */
export interface Version {
  readonly position: string;
  /** The number of events that the state had applied. */
  readonly sequence: number;
}

/** The relevant part of the state at the time of a request. */
export interface RequestContext {
  readonly sequence: number;
  /** The sequence number of the last gap in the pushes. */
  readonly gapSequence: number;
  /** Whether no push could have been lost until then. */
  readonly contiguous: boolean;
}

/** Incoming data: a push, or a response with the context of its request. */
export interface Incoming {
  readonly position: string;
  readonly requestContext?: RequestContext;
}

export const initialVersion: Version = { position: '', sequence: 0 };

/** Whether the applied version is newer than the incoming data. With equal positions the later arrival wins. */
export function isNewer(applied: Version, { position, requestContext }: Incoming): boolean {
  if (applied.position <= position) return false;
  return (
    requestContext === undefined || requestContext.contiguous || applied.sequence > requestContext.sequence
  );
}

/** The version after applying the data. A position never decreases. */
export function advanceVersion(applied: Version, { position }: Incoming, sequence: number): Version {
  return { position: laterPosition(applied.position, position), sequence };
}

export function laterPosition(a: string, b: string): string {
  return a > b ? a : b;
}

export function earlierPosition(a: string, b: string): string {
  return laterPosition(a, b) === a ? b : a;
}
