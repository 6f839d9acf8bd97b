/**
 * What the deletion of an object leaves to be done: all its actions, the newest first, one chunk after the other; with
 * `delete` also its trackers; of a user all that it had. It follows what is stored, so it may be done twice.
 */
import { z } from 'zod';
import { resetFeeds } from '../feed/reset.ts';
import type { DeletedObject, StoredAction } from '../model.ts';
import type { ActionPlace } from '../ports/stores.ts';
import type { Progress } from '../progress.ts';
import { bury, Departures, end } from './bury.ts';
import type { DeletionDeps, Place } from './deps.ts';
import { showLeft, tellFeeds } from './keep.ts';
import { QuietUsers } from './quiet.ts';
import { takeTrackers } from './trackers.ts';
import { clearUser } from './user.ts';

/** Actions handled together. */
const CHUNK = 500;
/** Actions, and items of those that go, handled before the call is answered. */
const INLINE = { actions: 100, items: 500 };
/** Users that may wait to be told until the end, and are noted until then. */
const MOST_WAITING = 1_000;

/** Whether the deletion takes the action with it: it was accepted before, all of it. */
export const takesAway = (object: DeletedObject, action: StoredAction): boolean =>
  object.actions === 'delete' && action.rev <= object.pos;

/** The part that a caller waits for: the newest actions. Feeds are told of what is shown in them by the chore alone. */
export async function begin(deps: DeletionDeps, place: Place, object: DeletedObject): Promise<void> {
  const newest = await place.stores.actions.find({ key: object.key, limit: INLINE.actions });
  const { going, staying } = parted(object, newest);
  if (going.length > 0) await bury(deps, place, going, INLINE.items);
  await showLeft(deps, place, object, staying);
}

const noted = z.object({
  after: z.object({ time: z.number(), id: z.string() }).nullable(),
  /** Users whose feeds changed without their being told. */
  quiet: z.array(z.string()),
  /** Actions that may be gone already, with items left in feeds: nothing else leads to those any more. */
  going: z.array(z.string()),
});
type Noted = z.infer<typeof noted>;

/** The chore. */
export async function finishDeletion(
  deps: DeletionDeps,
  place: Place,
  key: string,
  progress: Progress,
): Promise<void> {
  const { stores } = place;
  const object = (await stores.objects.deleted([key])).get(key);
  // Whoever was about to delete it died before; nobody was told that it was deleted.
  if (!object) return;
  const start = startOf(progress);
  // Before anything is read: what is left may be written into actions by now, but who has them was not told.
  const since = await deps.clock.now(place.space);
  let { after, going } = start;
  const note = () => progress.note(JSON.stringify({ after, going, quiet: [...quiet.users] } satisfies Noted));
  const quiet: QuietUsers = new QuietUsers(start.quiet, note);
  const departures = new Departures(deps, place, quiet);
  await departures.take(going);
  for (;;) {
    const actions = await stores.actions.find({ key, after, limit: CHUNK });
    const parts = parted(object, actions);
    ({ going } = parts);
    if (going.length > 0) {
      await note();
      await end(deps, place, going);
      await departures.take(going);
    }
    await show(deps, place, object, parts.staying, since, quiet);
    if (quiet.users.size > MOST_WAITING) await tell(deps, place, quiet);
    after = placeOf(actions.at(-1)) ?? after;
    going = [];
    await note();
    if (actions.length < CHUNK) break;
  }
  await tell(deps, place, quiet);
  if (object.actions === 'delete') await takeTrackers(deps, place, object);
  if (object.ref.type === deps.settings.userType) await clearUser(deps, place, object.ref.id);
}

/** Ids of the actions that the deletion takes away, and the others. */
function parted(object: DeletedObject, actions: readonly StoredAction[]) {
  return {
    going: actions.filter((action) => takesAway(object, action)).map((action) => action.id),
    staying: actions.filter((action) => !takesAway(object, action)),
  };
}

async function show(
  deps: DeletionDeps,
  place: Place,
  object: DeletedObject,
  actions: readonly StoredAction[],
  since: number,
  quiet: QuietUsers,
): Promise<void> {
  if (actions.length === 0) return;
  const changed = await showLeft(deps, place, object, actions);
  await tellFeeds(deps, place, { actions: actions.map((action) => action.id), changed, since, quiet });
}

async function tell(deps: DeletionDeps, { space, stores }: Place, quiet: QuietUsers): Promise<void> {
  if (quiet.users.size > 0) await resetFeeds(deps, stores, space, quiet.users);
  quiet.users.clear();
}

function startOf({ earlier }: Progress): Noted {
  if (!earlier) return { after: null, quiet: [], going: [] };
  const known = noted.parse(JSON.parse(earlier.text));
  // Asked for anew, everything is looked at anew, but those who were not told have still to be.
  return earlier.isSame ? known : { ...known, after: null };
}

const placeOf = (action: StoredAction | undefined): ActionPlace | null =>
  action ? { time: action.timestamp, id: action.id } : null;
