/** Rule 4 of the contract, in the order in which django-actrack goes about it. */
import { keyOf } from '../keys.ts';
import type { Decision } from '../model.ts';
import type { Handlers } from '../ports/handlers.ts';
import type { LaneEntry } from '../ports/queue.ts';
import { fits } from './fits.ts';
import { ArrivedPiece } from './piece.ts';

/**
 * The pieces of an entry. Those without a parent are left, in the order of acceptance; what is gone by decision is left out.
 */
export async function combine(
  entry: LaneEntry,
  decisions: ReadonlyMap<string, Decision>,
  handlers: Handlers,
): Promise<ArrivedPiece[]> {
  const { actions } = entry;
  const pieces: ArrivedPiece[] = [];
  /** Those that are left so far. */
  const queue: ArrivedPiece[] = [];
  const mayCombine = asking(actions, handlers);
  for (const action of actions) {
    const decided = decisions.get(action.id) ?? null;
    if (decided?.kind === 'gone') continue;
    const newer = new ArrivedPiece(action, entry, decided);
    pieces.push(newer);
    if (decided) repeat(newer, queue);
    else if (mayCombine) await arrive(newer, queue, handlers);
    newer.settle();
    if (!newer.parent) queue.push(newer);
  }
  return pieces;
}

/** Whether any two of these verbs may combine. */
function asking(actions: ReadonlyArray<{ verb: string }>, handlers: Handlers): boolean {
  if (actions.length < 2) return false;
  const verbs = [...new Set(actions.map((action) => action.verb))];
  return verbs.some((verb) => verbs.some((other) => handlers.mayCombine(verb, other)));
}

/** Newest older one first. */
async function arrive(newer: ArrivedPiece, queue: ArrivedPiece[], handlers: Handlers): Promise<void> {
  for (let index = queue.length - 1; index >= 0; index -= 1) {
    const older = queue[index];
    if (!older) continue;
    const into = older.combinedInto === newer.id ? newer : await decide(newer, older, handlers);
    if (into === newer) {
      newer.take(older);
      queue.splice(index, 1);
    } else if (into === older) {
      takeDecided(newer, queue);
      older.take(newer);
      return;
    }
  }
}

/** Does what was decided before. */
function repeat(newer: ArrivedPiece, queue: ArrivedPiece[]): void {
  takeDecided(newer, queue);
  if (newer.combinedInto !== null) queue.find((older) => older.id === newer.combinedInto)?.take(newer);
}

function takeDecided(newer: ArrivedPiece, queue: ArrivedPiece[]): void {
  for (let index = queue.length - 1; index >= 0; index -= 1) {
    const older = queue[index];
    if (older?.combinedInto !== newer.id) continue;
    newer.take(older);
    queue.splice(index, 1);
  }
}

/** Which of the two takes in the other; `null`: neither. What is decided about the older one stays so. */
async function decide(
  newer: ArrivedPiece,
  older: ArrivedPiece,
  handlers: Handlers,
): Promise<ArrivedPiece | null> {
  const [verb, other] = [newer.content.verb, older.content.verb];
  const into = handlers.mayCombine(verb, other);
  const from = !older.decided && handlers.mayCombine(other, verb);
  if (!(into || from) || !qualifies(newer, older)) return null;
  if (into && (await handlers.combines(verb, other, newer.content, older.content))) return older;
  return from && (await handlers.combines(other, verb, newer.content, older.content)) ? newer : null;
}

/** The same actor, and the newer one's targets among the older one's. */
function qualifies({ content: newer }: ArrivedPiece, { content: older }: ArrivedPiece): boolean {
  if ((newer.actor && keyOf(newer.actor)) !== (older.actor && keyOf(older.actor))) return false;
  const targets = new Set(older.targets.map(keyOf));
  return newer.targets.every((target) => targets.has(keyOf(target))) && fits(older, newer);
}
