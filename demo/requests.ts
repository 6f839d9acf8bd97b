/** Reading what the page sends: whatever else it is, it is refused with the name of the field. */
import type { Response } from 'express';

export function member(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null
    ? Object.entries(body).find(([key]) => key === name)?.[1]
    : undefined;
}

/** Sends what is wrong. */
export function refuse(response: Response, detail: string, status: 400 | 403 = 400): void {
  const title = status === 400 ? 'The input is not valid' : 'Not allowed';
  response
    .status(status)
    .type('application/problem+json')
    .send(JSON.stringify({ type: 'about:blank', title, status, detail }));
}
