/** Marking items read, unread, seen (rule 7; decision 8). */
import type { MarkAnswer } from '../../protocol/entities.ts';
import { limits } from '../../protocol/limits.ts';
import type { ParsedMark } from '../../protocol/schemas/calls.ts';
import { checkSelf, type Principal } from '../access.ts';
import type { FeedStore, Mark } from '../ports/stores.ts';
import { formatPosition, parsePosition } from '../positions.ts';
import type { FeedDeps } from './deps.ts';

export interface MarkCall {
  user: string;
  mark: Mark;
  input: ParsedMark;
  /** The connection that asked, which learns of it by the answer. */
  origin: string | null;
}

/** What each mark does to an item, as it is told to the user's other connections. */
const effects: Record<Mark, { unread?: boolean; seen?: boolean }> = {
  read: { unread: false, seen: true },
  unread: { unread: true },
  seen: { seen: true },
};

/** @throws HubError forbidden, invalid_input */
export async function markFeed(deps: FeedDeps, principal: Principal, call: MarkCall): Promise<MarkAnswer> {
  checkSelf(principal, 'feed', call.user);
  const given = call.input.position === undefined ? null : parsePosition(call.input.position).pos;
  const { feeds } = await deps.spaces.writer(principal.space);
  let before = given;
  let changed = 0;
  // In bounded steps, each with a position of its own: what comes in meanwhile is later than the first and stays
  // untouched.
  for (let step = 0; ; step += 1) {
    const writer = deps.newId();
    const pos = await deps.clock.begin(principal.space, writer, [call.user]);
    before = Math.min(before ?? pos, pos);
    const { ids, until } = call.input;
    const scan = { user: call.user, mark: call.mark, before, ids, until, limit: limits.marks };
    const found = await feeds.markable(scan);
    if (found.length > 0) changed += await feeds.mark({ ...scan, ids: found }, pos);
    const last = await finish(deps, feeds, { space: principal.space, call, writer, ids: found, pos, step });
    if (found.length < limits.marks) {
      return { changed, counts: await feeds.counts(call.user), position: formatPosition(last) };
    }
  }
}

interface Step {
  space: string;
  call: MarkCall;
  writer: string;
  ids: string[];
  pos: number;
  step: number;
}

/** Tells the other connections and takes the step out of flight; answers the position it ended with. */
async function finish(deps: FeedDeps, feeds: FeedStore, step: Step): Promise<number> {
  const { space, call, writer, ids } = step;
  let { pos } = step;
  for (;;) {
    if (ids.length > 0) await announce(deps, { ...step, pos });
    if (await deps.clock.end(space, writer)) return pos;
    const next = await deps.clock.begin(space, writer, [call.user]);
    if (ids.length > 0) await feeds.restamp(ids, pos, next);
    pos = next;
  }
}

async function announce(deps: FeedDeps, { space, call, ids, pos, step }: Step): Promise<void> {
  const { user, mark, origin } = call;
  await deps.bus.publish(
    space,
    step === 0 ? { kind: 'marked', user, ids, ...effects[mark], pos, origin } : { kind: 'reset', user, pos },
  );
}
