import type { ConnectionProblem, ConnectionState, FeedSnapshot, HubError } from '@hubbub/client';
import { tokenProblem } from './token-problem.ts';
import type { Disconnection, InboxView, ListEnd, Problem } from './view.ts';

export interface ListStateInput {
  feed: FeedSnapshot;
  connection: ConnectionState;
  problem: ConnectionProblem | null;
  /** Whether there is a hub, or there will be one. */
  hasHub: boolean;
  /** The number of items in the tab. */
  count: number;
  /** Whether the tab has older items to load. */
  hasMore: boolean;
  markProblem: Problem | null;
  loadProblem: Problem | null;
  loadMoreError: HubError | null;
}

export type ListState = Pick<
  InboxView,
  'setSize' | 'isBusy' | 'disconnection' | 'problem' | 'isLoading' | 'isEmpty' | 'end'
>;

/** What is shown above the list, instead of it and below it. Pure. */
export function listStateOf(input: ListStateInput): ListState {
  const { feed, connection, count, hasMore, markProblem, loadProblem, loadMoreError } = input;
  const disconnection = disconnectionOf(input);
  const { status } = feed;
  const isPending = status === 'idle' || status === 'loading' || (hasMore && status !== 'error');
  const waits = count === 0 && input.hasHub && isPending;
  const isLoading = waits && connection !== 'expired' && !disconnection?.problem;
  const end: ListEnd = {
    isLoading: status === 'loadingMore',
    error: status === 'error' ? loadMoreError : null,
  };
  return {
    setSize: hasMore ? -1 : count,
    isBusy: status === 'loading' || status === 'loadingMore',
    disconnection,
    // Without a connection, that is why loading failed.
    problem: markProblem ?? (connection === 'online' ? loadProblem : null),
    isLoading,
    isEmpty: count === 0 && !waits && !hasMore && !loadProblem && !disconnection?.problem,
    end: hasMore ? end : null,
  };
}

function disconnectionOf({ feed, connection, problem }: ListStateInput): Disconnection | null {
  const refusal = tokenProblem(problem);
  if (refusal) return { connection: connection === 'offline' ? 'offline' : 'expired', problem: refusal };
  // At first, placeholders show that it connects.
  if (connection === 'online' || (connection === 'connecting' && feed.items.length === 0)) return null;
  return { connection, problem: null };
}
