import type { RequestHandler } from 'express';
import { HubError } from '../../core/errors.ts';

/** Rejects all methods that the routes before it did not handle. */
export const allowOnly =
  (...methods: string[]): RequestHandler =>
  (request, response) => {
    response.set('Allow', methods.join(', '));
    throw new HubError(
      'method_not_allowed',
      `this path accepts ${methods.join(' and ')}, not ${request.method}`,
    );
  };
