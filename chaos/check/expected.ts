/** What the hub must hold when nothing is under way any more: the contract's section 6, applied to the journal. */
import { keyOf, type ModelLogged, type Stored, store } from '../../dev/model/actions.ts';
import {
  arrivalOf,
  type ModelItem,
  type ModelObject,
  type ModelTracker,
  markedItem,
} from '../../dev/model/feed.ts';
import type { ActorStep, Journal, LoggedInput, Said, UserStep } from '../journal.ts';
import { levelOf, modelHandlers, READABLE_LEVEL } from '../verbs.ts';

export interface ExpectedAction extends ModelLogged {
  /** Of everything that is in it. */
  markers: string[];
  /** Whether a gateway's clock decided the time. */
  isTimed: boolean;
  /** From when the first of it was sent to when the last of it was answered. */
  said: Said;
}

export interface Expected {
  actions: Map<string, ExpectedAction>;
  /** Markers of what was taken back, or deleted with an object. */
  gone: Set<string>;
  /** Keys of objects that are shown as deleted. */
  deleted: Set<string>;
}

export interface ExpectedItem extends ModelItem {
  /** Marks that the harness cannot tell: a position kept the hub from touching what changed. */
  isUncertain: boolean;
}

/** `isMissing`: what Redis lost when it was emptied, so that it never happened. */
export function expectedActions(
  journal: Journal,
  isMissing: (id: string, marker: string) => boolean,
): Expected {
  const expected: Expected = { actions: new Map(), gone: new Set(), deleted: new Set() };
  for (const [actor, steps] of journal.actors) replay(actor, steps, expected, isMissing);
  return expected;
}

/** Nothing that one actor says depends on what another one says. */
function replay(
  actor: string,
  steps: readonly ActorStep[],
  expected: Expected,
  isMissing: (id: string, marker: string) => boolean,
): void {
  const stored: Stored = { actions: [], into: new Map() };
  const isTimed = new Map<string, boolean>();
  const saidOf = new Map<string, Said>();
  const endOf = (id: string): string => {
    const next = stored.into.get(id);
    return next === undefined ? id : endOf(next);
  };
  const keep = (isKept: (action: ModelLogged) => boolean): void => {
    for (const action of stored.actions) {
      if (!isKept(action)) for (const marker of markersOf(action)) expected.gone.add(marker);
    }
    stored.actions = stored.actions.filter(isKept);
  };
  for (const step of steps) {
    if (step.kind === 'log') {
      const batch = step.inputs.map((input, index) =>
        logged(actor, input, step.ids[index] ?? '', step.sentAt),
      );
      for (const [index, { id }] of batch.entries()) isTimed.set(id, step.inputs[index]?.timestamp === null);
      for (const { marker } of step.inputs) saidOf.set(marker, step);
      const kept = batch.filter((each) => !markersOf(each).some((marker) => isMissing(each.id, marker)));
      store(stored, kept, modelHandlers);
    } else if (step.kind === 'recall') {
      const end = endOf(step.id);
      keep(({ id }) => id !== end);
    } else {
      const key = keyOf(step.object);
      expected.deleted.add(key);
      if (step.actions === 'delete') {
        keep(({ targets, related }) => ![...targets, ...related].some((each) => keyOf(each) === key));
      }
    }
  }
  for (const action of stored.actions) {
    const markers = markersOf(action);
    const said = markers.flatMap((marker) => saidOf.get(marker) ?? []);
    expected.actions.set(action.id, {
      ...action,
      markers,
      isTimed: isTimed.get(action.id) ?? false,
      said: {
        sentAt: Math.min(...said.map(({ sentAt }) => sentAt)),
        answeredAt: Math.max(...said.map(({ answeredAt }) => answeredAt)),
      },
    });
  }
}

const markersOf = ({ data }: ModelLogged): string[] => (Array.isArray(data.n) ? data.n.map(String) : []);

function logged(actor: string, input: LoggedInput, id: string, sentAt: number): ModelLogged {
  const time = input.timestamp ?? sentAt;
  return {
    id,
    actor: { type: 'user', id: actor },
    verb: input.verb,
    targets: input.targets,
    related: input.related,
    level: levelOf(input.verb),
    data: { n: [input.marker] },
    timestamp: time,
    updatedAt: time,
    count: 1,
    notify: [...new Set(input.notify)],
  };
}

/** The user's feed, newest first. `actions` have the times that the hub shows, which were checked before. */
export function expectedFeed(
  user: string,
  actions: Iterable<ExpectedAction>,
  trackers: readonly ModelTracker[],
  steps: readonly UserStep[],
): ExpectedItem[] {
  const items: ExpectedItem[] = [];
  for (const action of actions) {
    const item = itemOf(user, action, trackers, steps);
    if (item) items.push(item);
  }
  return items.sort((left, right) => right.at - left.at || (left.action < right.action ? 1 : -1));
}

const settings = { readableLevel: READABLE_LEVEL, ownActions: 'read' as const };
/** How long after an action was accepted it may come into feeds, while databases are away. */
const FAN_OUT_MS = 60_000;

type Mark = UserStep & { kind: 'mark' };

function itemOf(
  user: string,
  action: ExpectedAction,
  starting: readonly ModelTracker[],
  steps: readonly UserStep[],
): ExpectedItem | null {
  const placed = { ...action, at: action.updatedAt };
  const { sentAt, answeredAt } = action.said;
  let trackers = [...starting];
  let marks: Mark[] = [];
  /** How the item arrives, by what may be tracked as it does: it keeps what it arrived with until it leaves. */
  let arrivals: Array<ModelItem | null> = [];
  const arrive = (): void => {
    arrivals.push(arrivalOf(placed, user, trackers, settings));
  };
  arrive();
  for (const step of steps) {
    if (step.kind === 'mark') {
      if (step.items.some((item) => item.action === action.id)) marks.push(step);
      continue;
    }
    const wasHeld = arrivals.at(-1) !== null;
    trackers = trackers.filter(({ tracked }) => !isSame(tracked, step.object));
    if (step.kind === 'track') {
      const { object: tracked, since } = step;
      trackers.push({ tracked, verbs: [], actorOnly: false, createdAt: since, since });
    }
    const isHeld = arrivalOf(placed, user, trackers, settings) !== null;
    // What leaves the feed takes its marks with it.
    if (wasHeld && !isHeld) marks = [];
    if (!wasHeld || !isHeld || step.answeredAt < sentAt) arrivals = [];
    if (arrivals.length === 0 || step.sentAt < answeredAt + FAN_OUT_MS) arrive();
  }
  const [arrived, ...others] = arrivals;
  if (!arrived) return null;
  const isUncertain = others.some((other) => other?.unread !== arrived.unread);
  let item: ExpectedItem = { ...arrived, isUncertain };
  for (const { mark, items, isCertain } of marks) {
    // A bump after the list came after the mark too, as far as the mark was of that list.
    if (items.some(({ action: id, at }) => id === action.id && at < placed.at)) continue;
    if (isCertain) item = { ...markedItem(item, mark), isUncertain: item.isUncertain && mark !== 'read' };
    else item = { ...item, isUncertain: true };
  }
  return item;
}

const isSame = (left: ModelObject, right: ModelObject): boolean => keyOf(left) === keyOf(right);
