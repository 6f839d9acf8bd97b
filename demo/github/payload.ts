/** Safe access to payloads, whose shape depends on the event. Missing values are `undefined`. */
export type Payload = { readonly [key: string]: unknown };

export function isPayload(value: unknown): value is Payload {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function getObject(payload: Payload | undefined, key: string): Payload | undefined {
  const value = payload?.[key];
  return isPayload(value) ? value : undefined;
}

export function getObjects(payload: Payload | undefined, key: string): Payload[] {
  const value = payload?.[key];
  return Array.isArray(value) ? value.filter(isPayload) : [];
}

/** The first of the keys that has a non-empty string or a number, as a string; otherwise `undefined`. */
export function getText(payload: Payload | undefined, ...keys: string[]): string | undefined {
  for (const key of keys) {
    const value = payload?.[key];
    if (typeof value === 'string' && value !== '') return value;
    if (typeof value === 'number') return String(value);
  }
  return undefined;
}
