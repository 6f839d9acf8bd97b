/**
 * Sends presses of buttons. Like a mark, a press is shown at once and undone if the hub refuses it. Unlike a mark, it is not
 * queued behind the feed's other requests: the application may take seconds to accept it. The response is ordered by its
 * position, like a push.
 */
import type { PressAnswer, PressInput } from '../../../../protocol/entities.ts';
import { HubError } from '../../../common/hub-error.ts';
import type { RpcCalls } from '../rpc-client.ts';
import { entryPosition } from './entries.ts';
import type { FeedEvent } from './events.ts';
import type { FeedState } from './state.ts';

export interface PressPorts extends Pick<RpcCalls, 'call' | 'callWithRetry'> {
  state(): FeedState;
  apply(event: FeedEvent): void;
  /** Runs the feed's requests one at a time. */
  enqueue(request: () => Promise<void>): Promise<void>;
  /** Fetches and applies the changes, within the current request. */
  catchUp(): Promise<void>;
  /** Schedules fetching the changes. */
  invalidate(): void;
}

/** `id`: of the mark that shows the press. */
export async function press(ports: PressPorts, id: number, input: PressInput): Promise<PressAnswer> {
  const { state, apply, invalidate } = ports;
  const pressed = { button: input.button, at: new Date().toISOString() };
  apply({ type: 'mark', id, ids: new Set([input.item]), flags: { unread: false, seen: true, pressed } });
  const from = state().latestPosition;
  try {
    const answer = await send(ports, input);
    const { item, counts, position } = answer;
    apply({ type: 'item', push: { item, position }, isResponse: true });
    apply({ type: 'counts', push: { ...counts, position }, isResponse: true });
    apply({ type: 'markFinished', id });
    return answer;
  } catch (thrown) {
    const error = HubError.from(thrown);
    apply({ type: 'markFinished', id, error });
    // The hub may have stored it before the connection broke, or a press of another device.
    apply({ type: 'gap', from });
    invalidate();
    throw error;
  }
}

async function send(ports: PressPorts, input: PressInput): Promise<PressAnswer> {
  const { call, callWithRetry, state, enqueue, catchUp } = ports;
  let isRepeated = false;
  try {
    try {
      return await call('feed:press', input);
    } catch (thrown) {
      const error = HubError.from(thrown);
      isRepeated = error.code === 'disconnected';
      if (!isRepeated && error.retryAfterMs === undefined) throw error;
      return await callWithRetry('feed:press', input);
    }
  } catch (thrown) {
    const error = HubError.from(thrown);
    if (!isRepeated || error.pressed?.button !== input.button) throw error;
    // The hub stored the first attempt, and its response was lost.
    await enqueue(catchUp);
    const entry = state().entries.find(({ item }) => item.id === input.item);
    if (!entry) throw error;
    return { item: entry.item, counts: state().counts, position: entryPosition(entry) };
  }
}
