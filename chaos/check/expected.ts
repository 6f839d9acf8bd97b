/** The expected data of an idle hub: docs/rules.md, applied to the journal. */
import { keyOf, type ModelLoggedAction, type ModelStore, storeBatch } from '../../dev/model/actions.ts';
import {
  applyMark,
  applyMove,
  itemFor,
  type ModelItem,
  type ModelObject,
  type ModelTracker,
} from '../../dev/model/feed.ts';
import type { ActorStep, Journal, LoggedInput, Timing, UserStep } from '../journal.ts';
import { levelOf, mayBeBumped, modelHandlers, READABLE_LEVEL } from '../verbs.ts';

export interface ExpectedAction extends ModelLoggedAction {
  /** The markers of all its members. */
  markers: string[];
  /** Whether a gateway's clock set the timestamp. */
  hasGatewayTime: boolean;
  /** From the first request of its members to the last response. */
  timing: Timing;
}

export interface Expected {
  actions: Map<string, ExpectedAction>;
  /** Markers of actions that were recalled, or deleted with an object. */
  gone: Set<string>;
  /** Keys of objects that appear as deleted. */
  deleted: Set<string>;
}

export interface ExpectedItem extends ModelItem {
  /** The marks are unknown, because a position excluded changed items. */
  isUncertain: boolean;
  /** So are the state and the place. */
  isPlaceUncertain: boolean;
}

/** `wasLost`: whether a flush of Redis lost the action. */
export function expectedActions(
  journal: Journal,
  wasLost: (id: string, marker: string) => boolean,
): Expected {
  const expected: Expected = { actions: new Map(), gone: new Set(), deleted: new Set() };
  for (const [actor, steps] of journal.actors) replay(actor, steps, expected, wasLost);
  return expected;
}

/** Replays the steps of one actor. They do not depend on other actors. */
function replay(
  actor: string,
  steps: readonly ActorStep[],
  expected: Expected,
  wasLost: (id: string, marker: string) => boolean,
): void {
  const stored: ModelStore = { actions: [], mergedInto: new Map() };
  const hasGatewayTime = new Map<string, boolean>();
  const timingByMarker = new Map<string, Timing>();
  const resolveId = (id: string): string => {
    const next = stored.mergedInto.get(id);
    return next === undefined ? id : resolveId(next);
  };
  const keepOnly = (predicate: (action: ModelLoggedAction) => boolean): void => {
    for (const action of stored.actions) {
      if (!predicate(action)) for (const marker of markersOf(action)) expected.gone.add(marker);
    }
    stored.actions = stored.actions.filter(predicate);
  };
  for (const step of steps) {
    if (step.kind === 'log') {
      const batch = step.inputs.map((input, index) =>
        toModelAction(actor, input, step.ids[index] ?? '', step.sentAt),
      );
      for (const [index, { id }] of batch.entries())
        hasGatewayTime.set(id, step.inputs[index]?.timestamp === null);
      for (const { marker } of step.inputs) timingByMarker.set(marker, step);
      const surviving = batch.filter((each) => !markersOf(each).some((marker) => wasLost(each.id, marker)));
      storeBatch(stored, surviving, modelHandlers);
    } else if (step.kind === 'recall') {
      const resolvedId = resolveId(step.id);
      keepOnly(({ id }) => id !== resolvedId);
    } else {
      const key = keyOf(step.object);
      expected.deleted.add(key);
      if (step.actions === 'delete') {
        keepOnly(({ targets, related }) => ![...targets, ...related].some((each) => keyOf(each) === key));
      }
    }
  }
  for (const action of stored.actions) {
    const markers = markersOf(action);
    const timings = markers.flatMap((marker) => timingByMarker.get(marker) ?? []);
    expected.actions.set(action.id, {
      ...action,
      markers,
      hasGatewayTime: hasGatewayTime.get(action.id) ?? false,
      timing: {
        sentAt: Math.min(...timings.map(({ sentAt }) => sentAt)),
        answeredAt: Math.max(...timings.map(({ answeredAt }) => answeredAt)),
      },
    });
  }
}

const markersOf = ({ data }: ModelLoggedAction): string[] =>
  Array.isArray(data.n) ? data.n.map(String) : [];

function toModelAction(actor: string, input: LoggedInput, id: string, sentAt: number): ModelLoggedAction {
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

/** The expected feed of a user, newest first. `actions` have the hub's times, which were checked before. */
export function expectedFeed(
  user: string,
  actions: Iterable<ExpectedAction>,
  trackers: readonly ModelTracker[],
  steps: readonly UserStep[],
): ExpectedItem[] {
  const items: ExpectedItem[] = [];
  for (const action of actions) {
    const item = expectedItemOf(user, action, trackers, steps);
    if (item) items.push(item);
  }
  return items.sort((left, right) => right.at - left.at || (left.action < right.action ? 1 : -1));
}

const settings = { readableLevel: READABLE_LEVEL, ownActions: 'read' as const };
/** How long the fan-out of an accepted action may take while databases are unavailable. */
const FAN_OUT_MS = 60_000;

type MarkStep = UserStep & { kind: 'mark' | 'move' };

function expectedItemOf(
  user: string,
  action: ExpectedAction,
  initialTrackers: readonly ModelTracker[],
  steps: readonly UserStep[],
): ExpectedItem | null {
  const actionWithPlace = { ...action, at: action.updatedAt };
  const { sentAt, answeredAt } = action.timing;
  let trackers = [...initialTrackers];
  let marks: MarkStep[] = [];
  /** The item for every tracker state during its delivery. It keeps its initial state until it is removed. */
  let candidates: Array<ModelItem | null> = [];
  const addCandidate = (): void => {
    candidates.push(itemFor(actionWithPlace, user, trackers, settings));
  };
  addCandidate();
  for (const step of steps) {
    if (step.kind === 'mark' || step.kind === 'move') {
      if (step.items.some((item) => item.action === action.id)) marks.push(step);
      continue;
    }
    const wasInFeed = candidates.at(-1) !== null;
    trackers = trackers.filter(({ tracked }) => !isSame(tracked, step.object));
    if (step.kind === 'track') {
      const { object: tracked, since } = step;
      trackers.push({ tracked, verbs: [], actorOnly: false, createdAt: since, since });
    }
    const isInFeed = itemFor(actionWithPlace, user, trackers, settings) !== null;
    // A removed item loses its marks.
    if (wasInFeed && !isInFeed) marks = [];
    if (!wasInFeed || !isInFeed || step.answeredAt < sentAt) candidates = [];
    if (candidates.length === 0 || step.sentAt < answeredAt + FAN_OUT_MS) addCandidate();
  }
  const [first, ...others] = candidates;
  if (!first) return null;
  const isUncertain = others.some((other) => other?.unread !== first.unread);
  let item: ExpectedItem = { ...first, isUncertain, isPlaceUncertain: false };
  for (const step of marks) {
    const listedAt = step.items.find((each) => each.action === action.id)?.at ?? 0;
    // The item was bumped after the list was read, so it was bumped after the mark of that list.
    if (mayBeBumped(action.verb) && listedAt < actionWithPlace.at) continue;
    item = step.isCertain ? applied(item, step) : withDoubt(item, step);
  }
  return item;
}

const withDoubt = (item: ExpectedItem, { kind }: MarkStep): ExpectedItem => ({
  ...item,
  isUncertain: true,
  isPlaceUncertain: item.isPlaceUncertain || kind === 'move',
});

function applied(item: ExpectedItem, step: MarkStep): ExpectedItem {
  if (step.kind === 'mark') {
    return { ...applyMark(item, step.mark), isUncertain: item.isUncertain && step.mark !== 'read' };
  }
  const { move, until, returns } = step;
  const { aside, ...inInbox } = applyMove(item, move, until);
  const moved = returns
    ? { ...inInbox, at: until, unread: true, seen: false }
    : { ...inInbox, ...(aside && { aside }) };
  const setsFlags = returns || move === 'archive';
  return { ...moved, isUncertain: item.isUncertain && (!setsFlags || item.isPlaceUncertain) };
}

const isSame = (left: ModelObject, right: ModelObject): boolean => keyOf(left) === keyOf(right);
