/** Reading what the page sends: whatever else it is, it is refused with the name of the field. */
import type { Response } from 'express';

export function member(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null
    ? Object.entries(body).find(([key]) => key === name)?.[1]
    : undefined;
}

/** Answers 400 with what is wrong. */
export function refuse(response: Response, detail: string): void {
  response
    .status(400)
    .type('application/problem+json')
    .send(JSON.stringify({ type: 'about:blank', title: 'The input is not valid', status: 400, detail }));
}
