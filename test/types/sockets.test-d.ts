import type { Socket as ClientSocket } from 'socket.io-client';
import { describe, expectTypeOf, test } from 'vitest';
import type {
  ActionInput,
  Counts,
  FeedChanges,
  FeedItem,
  FeedPage,
  LogAnswer,
  MarkAnswer,
  MarkInput,
} from '../../protocol/entities.ts';
import type { ErrorBody } from '../../protocol/errors.ts';
import type { ClientEvent, ClientToServerEvents, ServerToClientEvents } from '../../protocol/sockets.ts';

declare const socket: ClientSocket<ServerToClientEvents, ClientToServerEvents>;

describe('a client', () => {
  test('logs one action or a batch, with an acknowledgement', () => {
    socket.emit('log', { actor: 'user:ada', verb: 'closed', targets: 'issue:1' }, {}, (response) => {
      if (response.ok) expectTypeOf(response.data).toEqualTypeOf<LogAnswer>();
      else expectTypeOf(response.error).toEqualTypeOf<ErrorBody>();
    });
    socket.emit('log', { actor: 'user:ada', verb: 'closed' }, (response) => {
      if (response.ok) expectTypeOf(response.data).toEqualTypeOf<LogAnswer>();
    });
    socket.emit('log', [{ actor: null, verb: 'closed' }], { wait: true }, () => undefined);
    // @ts-expect-error an action has a verb
    socket.emit('log', { actor: 'user:ada' }, {}, () => undefined);
    // @ts-expect-error an action must have an actor, which may be null
    socket.emit('log', { verb: 'closed' }, {}, () => undefined);
    // @ts-expect-error the acknowledgement is required
    socket.emit('log', { actor: 'user:ada', verb: 'closed' });
    // @ts-expect-error levels are numbers or names
    socket.emit('log', { actor: 'user:ada', verb: 'closed', level: true }, {}, () => undefined);
    // @ts-expect-error an option that does not exist
    socket.emit('log', { actor: 'user:ada', verb: 'closed' }, { waits: true }, () => undefined);
  });

  test('may send data as other keys of an action', () => {
    expectTypeOf({ actor: 'user:ada', verb: 'closed', colour: 'red' }).toExtend<ActionInput>();
  });

  test('tracks and untracks objects or classes', () => {
    socket.emit('track', { to: ['project:p1', { type: 'project' }], verbs: ['closed'] }, () => undefined);
    socket.emit('untrack', { from: { type: 'project', id: 'p1' } }, () => undefined);
    // @ts-expect-error a tracker starts with `to`
    socket.emit('track', { from: 'project:p1' }, () => undefined);
    // @ts-expect-error and stops with `from`
    socket.emit('untrack', { to: 'project:p1' }, () => undefined);
    // @ts-expect-error verbs are a list
    socket.emit('track', { to: 'project:p1', verbs: 'closed' }, () => undefined);
  });

  test('lists, updates and marks feeds', () => {
    socket.emit('feed:list', { limit: 20, unread: true }, (response) => {
      if (response.ok) expectTypeOf(response.data).toEqualTypeOf<FeedPage>();
    });
    socket.emit('feed:changes', { position: '0' }, (response) => {
      if (response.ok) expectTypeOf(response.data).toEqualTypeOf<FeedChanges>();
    });
    socket.emit('feed:read', { all: true }, (response) => {
      if (response.ok) expectTypeOf(response.data).toEqualTypeOf<MarkAnswer>();
    });
    // @ts-expect-error a position is a string
    socket.emit('feed:changes', { position: 7 }, () => undefined);
    // @ts-expect-error a filter that does not exist
    socket.emit('feed:list', { unseen: true }, () => undefined);
    // @ts-expect-error `all: false` would mark nothing
    socket.emit('feed:seen', { all: false }, () => undefined);
    // @ts-expect-error ids are a list
    socket.emit('feed:unread', { ids: 'i1' }, () => undefined);
    expectTypeOf<MarkInput['position']>().toEqualTypeOf<string | undefined>();
  });

  test('refreshes its token as a named field', () => {
    socket.emit('auth', { token: 'x' }, (response) => {
      if (response.ok) expectTypeOf(response.data).toEqualTypeOf<{ expiresAt: string }>();
    });
    // @ts-expect-error the bare token is not a payload
    socket.emit('auth', 'x', () => undefined);
  });

  test('must not send an unknown event', () => {
    // @ts-expect-error no such event
    socket.emit('feed:delete', { all: true }, () => undefined);
    expectTypeOf<'feed:delete'>().not.toExtend<ClientEvent>();
  });
});

describe('a push', () => {
  test('contains an item or counts, and the position', () => {
    socket.on('feed:item', (push) => {
      expectTypeOf(push.item).toEqualTypeOf<FeedItem>();
      expectTypeOf(push.position).toBeString();
    });
    socket.on('feed:counts', (push) => {
      expectTypeOf(push).toExtend<Counts>();
      expectTypeOf(push.position).toBeString();
    });
    socket.on('feed:removed', (push) => expectTypeOf(push.ids).toEqualTypeOf<string[]>());
  });

  test('has no listener for another payload', () => {
    // @ts-expect-error an item push is no list
    socket.on('feed:item', (push: FeedItem[]) => push);
    // @ts-expect-error counts are numbers
    socket.on('feed:counts', (push: { unread: string }) => push);
    // @ts-expect-error no such push
    socket.on('feed:items', () => undefined);
  });

  test('has no payload if it has no details', () => {
    expectTypeOf<Parameters<ServerToClientEvents['feed:stale']>[0]>().toEqualTypeOf<Record<string, never>>();
    expectTypeOf<Parameters<ServerToClientEvents['feed:reset']>[0]>().toEqualTypeOf<Record<string, never>>();
  });
});
