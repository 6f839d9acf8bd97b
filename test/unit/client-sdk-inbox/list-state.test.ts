import { describe, expect, it } from 'vitest';
import { HubError } from '../../../client-sdk/client/src/index.ts';
import { type ListStateInput, listStateOf } from '../../../client-sdk/inbox/engine/list-state.ts';

type Changes = Partial<Omit<ListStateInput, 'feed'>> & { feed?: Partial<ListStateInput['feed']> };

const state = ({ feed, ...changes }: Changes) =>
  listStateOf({
    feed: {
      items: [],
      counts: { unread: 0, unseen: 0, capped: false },
      status: 'ready',
      hasMore: false,
      error: null,
      ...feed,
    },
    connection: 'online',
    problem: null,
    hasHub: true,
    count: 0,
    hasMore: false,
    markProblem: null,
    loadProblem: null,
    loadMoreError: null,
    ...changes,
  });

const error = new HubError('unavailable', 'Not now', true);
const failure = { error, retry: () => undefined };
const refusal = { error: new HubError('unauthenticated', 'Wrong token', false), retryAt: null };

describe('without items, the inbox shows', () => {
  it.each([
    ['that it loads', { feed: { status: 'loading' } }, [true, false]],
    ['that it loads before there is a hub', { feed: { status: 'idle' } }, [true, false]],
    ['that it is empty if there will be no hub', { feed: { status: 'idle' }, hasHub: false }, [false, true]],
    ['that it is empty', {}, [false, true]],
    ['that the tab loads', { hasMore: true, feed: { status: 'loadingMore' } }, [true, false]],
    ['neither if loading failed', { feed: { status: 'error' }, loadProblem: failure }, [false, false]],
    ['neither if the tab failed', { feed: { status: 'error' }, hasMore: true }, [false, false]],
    ['neither while signed out', { feed: { status: 'loading' }, connection: 'expired' }, [false, false]],
    ['neither with a refused token', { problem: refusal, connection: 'expired' }, [false, false]],
  ] satisfies Array<[string, Changes, boolean[]]>)('%s', (_name, changes, expected) => {
    const { isLoading, isEmpty } = state(changes);
    expect([isLoading, isEmpty]).toEqual(expected);
  });
});

describe('the reason for missing news is', () => {
  const item = { items: [{}] } as unknown as ListStateInput['feed'];

  it('not shown while the first connection is established', () => {
    expect(state({ connection: 'connecting' }).disconnection).toBeNull();
    expect(state({ connection: 'connecting', feed: item }).disconnection?.connection).toBe('connecting');
  });

  it('a refused token, rather than the state of the connection', () => {
    expect(state({ connection: 'expired', problem: refusal }).disconnection).toEqual({
      connection: 'expired',
      problem: refusal,
    });
  });

  it('shown instead of a failure to load, but not instead of a failed mark', () => {
    expect(state({ connection: 'offline', loadProblem: failure }).problem).toBeNull();
    expect(state({ loadProblem: failure }).problem).toBe(failure);
    expect(state({ connection: 'offline', markProblem: failure }).problem).toBe(failure);
  });
});

describe('the end of the list', () => {
  it('is shown while there are older items', () => {
    expect(state({}).end).toBeNull();
    expect(state({ hasMore: true, count: 3 }).end).toEqual({ isLoading: false, error: null });
    const loading = state({ hasMore: true, feed: { status: 'loadingMore' } });
    expect(loading.end).toEqual({ isLoading: true, error: null });
  });

  it('shows why the last attempt failed, until the next one', () => {
    const failed: Changes = { hasMore: true, count: 3, loadMoreError: error };
    expect(state({ ...failed, feed: { status: 'error' } }).end?.error).toBe(error);
    expect(state({ ...failed, feed: { status: 'loadingMore' } }).end?.error).toBeNull();
  });
});
