/** The middleware never affects the application, whatever fails in the middleware. */
import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { HubError } from '../../../client-sdk/common/hub-error.ts';
import type { EventOptions, HubServer } from '../../../client-sdk/node/src/hub-server.ts';
import { type PageOptions, type PageRequest, trackPages } from '../../../client-sdk/node/src/pages.ts';
import type { Event, EventInput } from '../../../protocol/entities.ts';
import { until } from '../../support/until.ts';

type Recorded = { input: EventInput; options?: EventOptions };

/** A hub that responds only when the test says so. */
class SlowHub {
  readonly recorded: Recorded[] = [];
  readonly #pendingReplies: Array<(error?: Error) => void> = [];

  event: HubServer['event'] = (input, options) => {
    this.recorded.push({ input, options });
    return new Promise<Event>((resolve, reject) => {
      this.#pendingReplies.push((error) => (error ? reject(error) : resolve({} as Event)));
    });
  };

  /** Responds to all pending requests. */
  respond(error?: Error): void {
    for (const reply of this.#pendingReplies.splice(0)) reply(error);
  }
}

type TrackOptions = Partial<PageOptions<PageRequest>>;

function visitor(trackOptions: TrackOptions = {}) {
  const hub = new SlowHub();
  const errors: HubError[] = [];
  const options = { user: () => 'ada', onError: (error: HubError) => errors.push(error), ...trackOptions };
  const middleware = trackPages<PageRequest>(hub, options);
  /** One request. Its response has the status, or its connection breaks before a response. */
  const visit = (status: number | null = 200, path = '/page?q=1', location?: string) => {
    const socket = { remoteAddress: '192.0.2.7' };
    const request = { method: 'GET', url: path, headers: { 'user-agent': 'Firefox' }, socket };
    const headers: Record<string, unknown> = { location };
    const response = Object.assign(new EventEmitter(), {
      statusCode: status ?? 200,
      getHeader: (name: string) => headers[name],
    });
    const next = vi.fn();
    middleware(request as unknown as IncomingMessage, response as unknown as ServerResponse, next);
    expect(next.mock.calls).toEqual([[]]);
    if (status !== null) response.emit('finish');
    response.emit('close');
    return response;
  };
  return { hub, errors, visit };
}

const notes = (hub: SlowHub) => hub.recorded.map(({ input }) => [input.name, input.note]);

describe('a page view', () => {
  it('is recorded after the response was sent, with the visitor’s request', async () => {
    const { hub, visit } = visitor({ related: () => 'project:p1' });
    visit();
    await until(() => hub.recorded.length === 1);
    expect(hub.recorded).toEqual([
      {
        input: { name: 'PageViewed', note: '/page', user: 'ada', related: 'project:p1' },
        options: { request: { method: 'GET', path: '/page', address: '192.0.2.7', agent: 'Firefox' } },
      },
    ]);
  });

  it('has a name that depends on the status', async () => {
    const { hub, visit } = visitor();
    for (const status of [200, 204, 304, 300, 301, 302, 303, 307, 308, 400, 404, 500, 503]) {
      visit(status, '/p', status === 302 ? 'https://x.test/a?code=1#b' : undefined);
    }
    visit(null, '/p');
    await until(() => hub.recorded.length === 14);
    expect(notes(hub)).toEqual([
      ...Array(3).fill(['PageViewed', '/p']),
      ['Redirected', '/p'],
      ['Redirected', '/p'],
      ['Redirected', '/p → https://x.test/a'],
      ...Array(3).fill(['Redirected', '/p']),
      ['PageError', '/p (400)'],
      ['PageError', '/p (404)'],
      ['PageError', '/p (500)'],
      ['PageError', '/p (503)'],
      ['PageError', '/p (broken off)'],
    ]);
  });

  it('is recorded once, whatever else the response does', async () => {
    const { hub, visit } = visitor();
    const response = visit();
    response.emit('finish');
    response.emit('close');
    await until(() => hub.recorded.length > 0);
    expect(hub.recorded).toHaveLength(1);
  });

  it('of an anonymous visitor has no user', async () => {
    const { hub, visit } = visitor({ user: async () => null, related: () => undefined });
    visit();
    await until(() => hub.recorded.length === 1);
    expect(hub.recorded[0]?.input).toEqual({ name: 'PageViewed', note: '/page' });
  });

  it('is not recorded if it is ignored', async () => {
    const { hub, visit } = visitor({ ignore: (request) => request.url === '/assets' });
    visit(200, '/assets');
    visit(200, '/page');
    await until(() => hub.recorded.length > 0);
    expect(notes(hub)).toEqual([['PageViewed', '/page']]);
  });
});

describe('an error', () => {
  const thrown = new Error('thrown by the application');
  const throws = () => {
    throw thrown;
  };
  it.each<[string, TrackOptions]>([
    ['user', { user: throws }],
    ['user, later', { user: () => Promise.reject(thrown) }],
    ['related', { related: throws }],
    ['ignore', { ignore: throws }],
  ])('in %s is reported', async (_part, trackOptions) => {
    const { errors, visit } = visitor(trackOptions);
    visit();
    await until(() => errors.length === 1);
    expect(errors[0]).toBeInstanceOf(HubError);
    expect(errors[0]?.message).toBe(thrown.message);
  });

  it('of the hub is reported unchanged', async () => {
    const { hub, errors, visit } = visitor();
    visit();
    await until(() => hub.recorded.length === 1);
    const refusal = new HubError('forbidden', 'no', false);
    hub.respond(refusal);
    await until(() => errors.length === 1);
    expect(errors).toEqual([refusal]);
  });

  it('in onError itself is ignored', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    onTestFinished(() => void process.off('unhandledRejection', unhandled));
    const onError = vi.fn(throws);
    const { visit } = visitor({ user: throws, onError });
    visit();
    await until(() => onError.mock.calls.length === 1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled).not.toHaveBeenCalled();
  });

  it('is a process warning without onError', async () => {
    const warnings: Error[] = [];
    const take = (warning: Error) => warnings.push(warning);
    process.on('warning', take);
    onTestFinished(() => void process.off('warning', take));
    visitor({ user: throws, onError: undefined }).visit();
    await until(() => warnings.length === 1);
    expect(warnings[0]?.message).toContain(thrown.message);
  });
});

it('an error is reported for events beyond the number in flight, which are dropped', async () => {
  const { hub, errors, visit } = visitor({ most: 3 });
  for (let count = 0; count < 5; count += 1) visit();
  await until(() => hub.recorded.length === 3 && errors.length === 2);
  expect(errors.map((error) => [error.code, error.retryable])).toEqual(Array(2).fill(['unavailable', true]));
  hub.respond();
  await until(() => {
    visit();
    return hub.recorded.length > 3;
  });
});
