/** Dead letters: accepted actions that no worker could handle (section 15 of the contract, decision 12). */
import type { Page, DeadLetter as ShownLetter } from '../protocol/entities.ts';
import type { ParsedDeadLettersQuery } from '../protocol/schemas/dead-letters.ts';
import { isService, type Principal } from './access.ts';
import { forbidden, HubError, overloaded } from './errors.ts';
import { formatCursor, parseCursor } from './feed/cursor.ts';
import type { DeadLetter } from './ports/dead-letters.ts';
import type { ActionQueue } from './ports/queue.ts';
import type { Spaces, Stores } from './ports/stores.ts';
import { presentHandled } from './present.ts';

export interface DeadLetterDeps {
  spaces: Spaces;
  queue: ActionQueue;
}

/** No token has this subject: it holds a control character. */
const SUBJECT = '\u0000dead-letters';

/** Newest first, of the token's space. @throws HubError forbidden, invalid_input */
export async function listDeadLetters(
  deps: DeadLetterDeps,
  principal: Principal,
  { cursor, limit }: ParsedDeadLettersQuery,
): Promise<Page<ShownLetter>> {
  checkService(principal);
  const after = cursor === undefined ? null : parseCursor(cursor);
  const { deadLetters } = deps.spaces.reader(principal.space, principal.call?.signal);
  const found = await deadLetters.find({ after, limit });
  const last = found.at(-1);
  // The page may end early because its letters are long, so only an empty next page tells.
  const [next] = last ? await deadLetters.find({ after: last, limit: 1 }) : [];
  return {
    items: found.map((letter) => present(letter, principal.space)),
    nextCursor: last && next ? formatCursor(last) : null,
  };
}

/**
 * Accepts the letter's actions once more, under their ids, as if they were logged now: they come after everything that was
 * accepted before. Repeating the call changes nothing; nor does it double what was stored before. Returns the ids.
 * @throws HubError forbidden, not_found, overloaded, unprocessable where the actions cannot be read
 */
export async function retryDeadLetter(
  { spaces, queue }: DeadLetterDeps,
  principal: Principal,
  id: string,
): Promise<{ ids: string[] }> {
  checkService(principal);
  const { space } = principal;
  const stores = await spaces.writer(space);
  const state = await stores.deadLetters.get(id);
  if (!state) throw notFound();
  if (state.kind === 'retried') return { ids: state.ids };
  const { letter } = state;
  if (!letter.actions) throw new HubError('unprocessable', 'the actions of this letter cannot be read');
  if (!(await isDelivered(queue, stores, space, letter))) {
    const answer = await queue.accept({
      space,
      subject: SUBJECT,
      // Names this burial: of several calls only the first puts the actions into their lane.
      key: letter.entry,
      hash: '',
      actions: letter.actions.map((action) => ({ action, key: null, hash: '' })),
    });
    if (answer.kind === 'overloaded')
      throw overloaded('too much waits for workers; retry later', answer.retryAfterMs);
    await queue.releaseDead(space, letter.ids);
  }
  await stores.deadLetters.retried(letter);
  return { ids: letter.ids };
}

/** Discards the letter and its actions. Returns its id. @throws HubError forbidden, not_found */
export async function discardDeadLetter(
  { spaces, queue }: DeadLetterDeps,
  principal: Principal,
  id: string,
): Promise<{ id: string }> {
  checkService(principal);
  const { deadLetters } = spaces.reader(principal.space, principal.call?.signal);
  const state = await deadLetters.get(id);
  if (state?.kind !== 'dead' || !(await deadLetters.remove(state.letter))) throw notFound();
  await queue.releaseDead(principal.space, state.letter.ids);
  return { id };
}

/** Whether an earlier call, which may have died, got as far as that the actions are in feeds. */
async function isDelivered(
  queue: ActionQueue,
  { actions }: Stores,
  space: string,
  { ids }: DeadLetter,
): Promise<boolean> {
  if ((await queue.pending(space, ids)).length > 0) return false;
  return (await actions.decisions(ids)).size === ids.length;
}

function checkService(principal: Principal): void {
  if (!isService(principal)) throw forbidden('dead letters need the service scope');
}

const notFound = () => new HubError('not_found', 'there is no such dead letter');

const present = ({ id, at, reason, attempts, actions }: DeadLetter, space: string): ShownLetter => ({
  id,
  space,
  at: new Date(at).toISOString(),
  reason,
  attempts,
  actions: actions?.map(presentHandled) ?? null,
});
