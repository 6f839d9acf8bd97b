/** Rule 4 of the contract, in the order in which django-actrack goes about it. */
import { keyOf } from '../keys.ts';
import type { Decision } from '../model.ts';
import type { Patience } from '../patience.ts';
import type { Handlers, OlderOne } from '../ports/handlers.ts';
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
  patience: Patience,
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
    else if (mayCombine) await arrive(newer, queue, handlers, patience);
    newer.settle();
    await patience.breathe();
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

/** What its handlers, or those of older ones, are asked about two actions; the answer yes merges one into the other. */
interface Possible extends OlderOne {
  piece: ArrivedPiece;
  /** Whether the older one takes in the newer; otherwise it is taken in. */
  takes: boolean;
}

/** Newest older one first. What is taken in changes what the newer one is, and so what may be asked about those before. */
async function arrive(
  newer: ArrivedPiece,
  queue: ArrivedPiece[],
  handlers: Handlers,
  patience: Patience,
): Promise<void> {
  for (let end = queue.length; end > 0; ) {
    const before = queue.slice(0, end).reverse();
    const decided = before.findIndex((older) => older.combinedInto === newer.id);
    const open = decided < 0 ? before : before.slice(0, decided);
    const possible = open.flatMap((older) => possibleOf(newer, older, handlers));
    const found = possible[await handlers.firstCombining(newer.content, possible, patience)];
    if (found?.takes) {
      takeDecided(newer, queue);
      found.piece.take(newer);
      return;
    }
    const taken = found?.piece ?? before[decided];
    if (!taken) return;
    newer.take(taken);
    end = queue.indexOf(taken);
    queue.splice(end, 1);
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

/** What is decided about the older one stays so. */
function possibleOf(newer: ArrivedPiece, piece: ArrivedPiece, handlers: Handlers): Possible[] {
  const [verb, other] = [newer.content.verb, piece.content.verb];
  const into = handlers.mayCombine(verb, other);
  const from = !piece.decided && handlers.mayCombine(other, verb);
  if (!(into || from) || !qualifies(newer, piece)) return [];
  const older = piece.content;
  return [
    ...(into ? [{ piece, takes: true, verb, other, older }] : []),
    ...(from ? [{ piece, takes: false, verb: other, other: verb, older }] : []),
  ];
}

/** The same actor, and the newer one's targets among the older one's. */
function qualifies({ content: newer }: ArrivedPiece, { content: older }: ArrivedPiece): boolean {
  if ((newer.actor && keyOf(newer.actor)) !== (older.actor && keyOf(older.actor))) return false;
  if (newer.targets.length > older.targets.length) return false;
  const targets = new Set(newer.targets.length === 0 ? [] : older.targets.map(keyOf));
  return newer.targets.every((target) => targets.has(keyOf(target))) && fits(older, newer);
}
