/** Reading payloads whose shape differs from event to event: what is not there is undefined, never a crash. */
export type Payload = { readonly [key: string]: unknown };

export function isPayload(value: unknown): value is Payload {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function part(payload: Payload | undefined, key: string): Payload | undefined {
  const value = payload?.[key];
  return isPayload(value) ? value : undefined;
}

export function parts(payload: Payload | undefined, key: string): Payload[] {
  const value = payload?.[key];
  return Array.isArray(value) ? value.filter(isPayload) : [];
}

/** Texts as they are, numbers as text; nothing where there is neither. */
export function text(payload: Payload | undefined, ...keys: string[]): string | undefined {
  for (const key of keys) {
    const value = payload?.[key];
    if (typeof value === 'string' && value !== '') return value;
    if (typeof value === 'number') return String(value);
  }
  return undefined;
}
