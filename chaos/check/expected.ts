/** What the hub must hold when nothing is under way any more: the contract's section 6, applied to the journal. */
import { keyOf, type ModelLogged, type Stored, store } from '../../dev/model/actions.ts';
import {
  arrivalOf,
  type ModelItem,
  type ModelObject,
  type ModelTracker,
  markedItem,
  tracksAction,
} from '../../dev/model/feed.ts';
import type { ActorStep, Journal, LoggedInput, UserStep } from '../journal.ts';
import { levelOf, modelHandlers, READABLE_LEVEL } from '../verbs.ts';

export interface ExpectedAction extends ModelLogged {
  /** Of everything that is in it. */
  markers: string[];
  /** Between these, where a gateway's clock decided the time. */
  between: { from: number; to: number } | null;
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
  const between = new Map<string, ExpectedAction['between']>();
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
      for (const [index, { id }] of batch.entries()) {
        const isOpen = step.inputs[index]?.timestamp === null;
        between.set(id, isOpen ? { from: step.sentAt, to: step.answeredAt } : null);
      }
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
    expected.actions.set(action.id, { ...action, markers, between: between.get(action.id) ?? null });
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
  actions: Iterable<ModelLogged>,
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

type Mark = UserStep & { kind: 'mark' };

function itemOf(
  user: string,
  action: ModelLogged,
  starting: readonly ModelTracker[],
  steps: readonly UserStep[],
): ExpectedItem | null {
  const placed = { ...action, at: action.updatedAt };
  const settings = { readableLevel: READABLE_LEVEL, ownActions: 'read' as const };
  let trackers = [...starting];
  let marks: Mark[] = [];
  const isHeld = () =>
    action.notify.includes(user) || trackers.some((tracker) => tracksAction(tracker, placed));
  for (const step of steps) {
    if (step.kind === 'track') {
      const [all, since] = [{ verbs: [], actorOnly: false }, step.since];
      trackers.push({ ...all, tracked: step.object, createdAt: since, since });
    } else if (step.kind === 'untrack') {
      trackers = trackers.filter(({ tracked }) => !isSame(tracked, step.object));
      // What leaves the feed takes its marks with it.
      if (!isHeld()) marks = [];
    } else if (step.items.some((item) => item.action === action.id)) {
      marks.push(step);
    }
  }
  const arrived = arrivalOf(placed, user, trackers, settings);
  if (!arrived) return null;
  let item: ExpectedItem = { ...arrived, isUncertain: false };
  for (const { mark, items, isCertain } of marks) {
    // A bump after the list came after the mark too, as far as the mark was of that list.
    if (items.some(({ action: id, at }) => id === action.id && at < placed.at)) continue;
    item = isCertain ? markedItem(item, mark) : { ...item, isUncertain: true };
  }
  return item;
}

const isSame = (left: ModelObject, right: ModelObject): boolean => keyOf(left) === keyOf(right);
