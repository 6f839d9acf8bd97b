/** Reads request bodies without trusting their shape, and sends problem responses. */
import type { Response } from 'express';

export function getField(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null
    ? Object.entries(body).find(([key]) => key === name)?.[1]
    : undefined;
}

/** Sends a problem response. */
export function sendProblem(response: Response, detail: string, status: 400 | 403 = 400): void {
  const title = status === 400 ? 'The input is not valid' : 'Not allowed';
  response
    .status(status)
    .type('application/problem+json')
    .send(JSON.stringify({ type: 'about:blank', title, status, detail }));
}
