import type { RequestHandler } from 'express';
import { HubError } from '../../core/errors.ts';

/** Stands behind the methods that a path has, and refuses every other. */
export const only =
  (...methods: string[]): RequestHandler =>
  (request, response) => {
    response.set('Allow', methods.join(', '));
    throw new HubError(
      'method_not_allowed',
      `this path takes ${methods.join(' and ')}, not ${request.method}`,
    );
  };
