/** Dead letters: accepted actions that no worker could process (decision 12). */
import type { Page, DeadLetter as PublicDeadLetter } from '../../protocol/entities.ts';
import type { ParsedDeadLettersQuery } from '../../protocol/schemas/dead-letters.ts';
import { checkService, type Principal } from '../access/principal.ts';
import { HubError, overloaded } from '../errors.ts';
import { formatCursor, parseCursor } from '../paging/cursor.ts';
import type { DeadLetter } from '../ports/dead-letters.ts';
import type { CoreDeps, DisplayDeps } from '../ports/deps.ts';
import type { ActionQueue } from '../ports/queue.ts';
import type { Stores } from '../ports/stores.ts';
import { type DisplaysByKey, displaysFor, keysOfActions, withDisplays } from '../rendering/displays.ts';
import { presentForHandler } from '../rendering/present.ts';

type DeadLetterDeps = Pick<CoreDeps, 'spaces' | 'queue'>;

/** No token has this subject, because it contains a control character. */
const SUBJECT = '\u0000dead-letters';
const FORBIDDEN = 'dead letters need the service scope';

/** Lists the dead letters of the token's space, newest first. @throws HubError forbidden, invalid_input */
export async function listDeadLetters(
  deps: DeadLetterDeps & DisplayDeps,
  principal: Principal,
  { cursor, limit }: ParsedDeadLettersQuery,
): Promise<Page<PublicDeadLetter>> {
  checkService(principal, FORBIDDEN);
  const { deadLetters } = deps.spaces.reader(principal.space, principal.call?.signal);
  const found = await deadLetters.find({ after: parseCursor(cursor), limit });
  const last = found.at(-1);
  const after = last ? { time: last.at, id: last.id } : null;
  // A page of long letters may be short, so only an empty next page proves that this is the last one.
  const [next] = after ? await deadLetters.find({ after, limit: 1 }) : [];
  const displays = await displaysFor(
    deps,
    principal,
  )(() => keysOfActions(found.flatMap(({ actions }) => actions ?? [])));
  return {
    items: found.map((letter) => present(letter, principal.space, displays)),
    nextCursor: after && next ? formatCursor(after) : null,
  };
}

/**
 * Accepts the letter's actions again under their ids, after everything accepted before. Idempotent; actions
 * that were already stored are not duplicated.
 * @throws HubError forbidden, not_found, overloaded, unprocessable if the actions cannot be read
 */
export async function retryDeadLetter(
  { spaces, queue }: DeadLetterDeps,
  principal: Principal,
  id: string,
): Promise<{ ids: string[] }> {
  checkService(principal, FORBIDDEN);
  const { space } = principal;
  const stores = await spaces.writer(space);
  const state = await stores.deadLetters.get(id);
  if (!state) throw notFound();
  if (state.kind === 'retried') return { ids: state.ids };
  const { letter } = state;
  if (!letter.actions) throw new HubError('unprocessable', 'the actions of this letter cannot be read');
  if (!(await isDelivered(queue, stores, space, letter))) {
    const acceptance = await queue.accept({
      space,
      subject: SUBJECT,
      // Identifies this dead letter: of several calls only the first queues the actions.
      key: letter.entry,
      hash: '',
      actions: letter.actions.map((action) => ({ action, key: null, hash: '' })),
    });
    if (acceptance.kind === 'overloaded')
      throw overloaded('too many actions are pending; retry later', acceptance.retryAfterMs);
    await queue.unmarkDeadLettered(space, letter.ids);
  }
  await stores.deadLetters.markRetried(letter);
  return { ids: letter.ids };
}

/** Discards the letter and its actions. Returns its id. @throws HubError forbidden, not_found */
export async function discardDeadLetter(
  { spaces, queue }: DeadLetterDeps,
  principal: Principal,
  id: string,
): Promise<{ id: string }> {
  checkService(principal, FORBIDDEN);
  const { deadLetters } = spaces.reader(principal.space, principal.call?.signal);
  const state = await deadLetters.get(id);
  if (state?.kind !== 'dead') throw notFound();
  // First: only the letter leads to its ids, so after a crash in between the call can be repeated.
  await queue.unmarkDeadLettered(principal.space, state.letter.ids);
  if (!(await deadLetters.remove(state.letter))) throw notFound();
  return { id };
}

/** Returns true if an earlier call, which may have crashed, already brought the actions into feeds. */
async function isDelivered(
  queue: ActionQueue,
  { actions }: Stores,
  space: string,
  { ids }: DeadLetter,
): Promise<boolean> {
  if ((await queue.pending(space, ids)).length > 0) return false;
  return (await actions.resolutions(ids)).size === ids.length;
}

const notFound = () => new HubError('not_found', 'there is no such dead letter');

const present = (
  { id, at, reason, attempts, actions }: DeadLetter,
  space: string,
  displays: DisplaysByKey,
): PublicDeadLetter => ({
  id,
  space,
  at: new Date(at).toISOString(),
  reason,
  attempts,
  actions: actions?.map((action) => presentForHandler(withDisplays(action, displays))) ?? null,
});
