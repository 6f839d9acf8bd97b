import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { HubError } from '../../../../core/errors.ts';
import { feedChanges } from '../../../../core/feed/read/changes.ts';
import { listFeed } from '../../../../core/feed/read/list.ts';
import { resetFeeds } from '../../../../core/feed/write/reset.ts';
import type { StoredItem } from '../../../../core/model/entities.ts';
import { groupItems } from '../../../../core/model/item-groups.ts';
import {
  formatComplete,
  formatContinuing,
  formatPosition,
  parsePosition,
} from '../../../../core/model/positions.ts';
import { asMillis, asPosition } from '../../../../core/model/units.ts';
import { formatCursor, parseCursor } from '../../../../core/paging/cursor.ts';
import { feedQuery, position as positionSchema } from '../../../../protocol/schemas/calls.ts';
import { refId } from '../../../../protocol/schemas/refs.ts';
import { MemoryHub, principal, SPACE } from '../../../support/memory/hub.ts';

vi.mock(import('../../../../protocol/limits.ts'), async (original) => {
  const { limits } = await original();
  return { limits: { ...limits, changes: 3 as never } };
});

const runs = { numRuns: 1_000 };
const number = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
/** All kinds of valid user ids, including the longest and strangest. */
const userId = fc
  .oneof(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 255 }), fc.constant('界'.repeat(255)))
  .filter((id) => refId.safeParse(id).success);
const itemId = userId.map((user) => `01JGFJJZ00000000000000000A:${user}`);
const garbage = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.stringMatching(/^[-+.0-9exX_ ]{0,40}$/),
  fc.stringMatching(/^\d{16}[\s\S]{0,20}$/),
  fc.json().map((json) => Buffer.from(json).toString('base64url')),
  fc.tuple(fc.double(), fc.string()).map((pair) => Buffer.from(JSON.stringify(pair)).toString('base64url')),
);

/** The parsed value, or `null` if it is refused with the right error. */
function parseOrNull<T>(parse: () => T): T | null {
  try {
    return parse();
  } catch (error) {
    if (error instanceof HubError && error.code === 'invalid_input' && error.fields?.length === 1)
      return null;
    throw error;
  }
}

describe('positions', () => {
  it('parse as they were formatted, and are accepted from other gateways', () => {
    fc.assert(
      fc.property(number, number, itemId, (value, finalPosition, after) => {
        const plain = { position: value, isComplete: false, after: null, finalPosition: null };
        expect(parsePosition(formatPosition(asPosition(value)))).toEqual(plain);
        expect(parsePosition(formatComplete(asPosition(value)))).toEqual({ ...plain, isComplete: value > 0 });
        expect(parsePosition(formatContinuing(asPosition(value), asPosition(finalPosition), after))).toEqual({
          ...plain,
          after,
          finalPosition,
        });
        for (const text of [
          formatPosition(asPosition(value)),
          formatComplete(asPosition(value)),
          formatContinuing(asPosition(value), asPosition(finalPosition), after),
        ]) {
          expect(positionSchema.parse(text)).toBe(text);
        }
      }),
      runs,
    );
  });

  it('compare as strings as they do as numbers, with continuations after the plain one', () => {
    fc.assert(
      fc.property(number, number, itemId, (left, right, after) => {
        expect(formatPosition(asPosition(left)) < formatPosition(asPosition(right))).toBe(left < right);
        expect(
          formatContinuing(asPosition(left), asPosition(right), after) > formatPosition(asPosition(left)),
        ).toBe(true);
        expect(formatComplete(asPosition(left)) > formatPosition(asPosition(right))).toBe(left > right);
        expect(formatComplete(asPosition(left)) < formatComplete(asPosition(right))).toBe(left < right);
      }),
      runs,
    );
  });

  it('that the hub cannot have issued are rejected, and nothing else throws', () => {
    fc.assert(
      fc.property(garbage, (text) => {
        const parsed = parseOrNull(() => parsePosition(text));
        if (parsed === null) return;
        expect(Number.isSafeInteger(parsed.position) && parsed.position >= 0).toBe(true);
        const digits = parsed.isComplete ? parsed.position - 1 : parsed.position;
        expect(text.startsWith(formatPosition(asPosition(digits)))).toBe(true);
      }),
      runs,
    );
    for (const text of [
      '',
      ' ',
      '0x00000000000010',
      '-000000000000001',
      '9999999999999999',
      '1'.repeat(17),
    ]) {
      expect(() => parsePosition(text)).toThrow(HubError);
    }
  });
});

describe('cursors', () => {
  const at = fc.integer({ min: -8.64e15, max: 8.64e15 });

  it('parse as they were formatted, and are accepted from other gateways', () => {
    fc.assert(
      fc.property(at, itemId, (when, id) => {
        const cursor = formatCursor({ time: asMillis(when), id });
        expect(parseCursor(cursor)).toEqual({ time: when, id });
        expect(feedQuery.parse({ cursor }).cursor).toBe(cursor);
      }),
      runs,
    );
  });

  it('that the hub cannot have issued are rejected, and nothing else throws', () => {
    fc.assert(
      fc.property(garbage, (text) => {
        const parsed = parseOrNull(() => parseCursor(text));
        if (parsed) expect(new Date(parsed.time).getTime()).toBe(parsed.time);
      }),
      runs,
    );
  });
});

describe('changes over several responses', () => {
  const itemAt = (name: string, itemPosition: number): StoredItem => ({
    id: `${name}:ada`,
    user: 'ada',
    action: name,
    at: asMillis(0),
    position: asPosition(itemPosition),
    deliveredPosition: asPosition(itemPosition),
    version: 1,
    unread: true,
    seen: false,
  });

  it('miss nothing that was in flight when they started, however long they take', async () => {
    const hub = new MemoryHub();
    const { clock, stores, time } = hub;
    const from = formatPosition(await clock.watermark(SPACE, 'ada'));
    const slow = await clock.begin(SPACE, 'slow', ['ada']);
    for (const name of ['b', 'c', 'd', 'e']) {
      await stores.feeds.insert(groupItems([itemAt(name, await clock.begin(SPACE, name, ['ada']))]));
      await clock.end(SPACE, name);
    }
    const fetchChanges = (position: string) => feedChanges(hub.deps, principal('ada'), 'ada', { position });
    const first = await fetchChanges(from);
    expect(first.more).toBe(true);
    await stores.feeds.insert(groupItems([itemAt('a', slow)]));
    expect(await clock.end(SPACE, 'slow')).toBe(true);
    time.advance(60_000);
    const second = await fetchChanges(first.position);
    const later = await fetchChanges(second.position);
    const removedIds = [first, second, later].flatMap((response) => response.removed);
    expect(new Set(removedIds)).toEqual(new Set(['a', 'b', 'c', 'd', 'e'].map((name) => `${name}:ada`)));
  });

  it('end, and continue from a position of the first response', async () => {
    const hub = new MemoryHub();
    const from = formatPosition(await hub.clock.watermark(SPACE, 'ada'));
    const writePosition = await hub.clock.begin(SPACE, 'one', ['ada']);
    await hub.stores.feeds.insert(
      groupItems(Array.from({ length: 7 }, (_, index) => itemAt(`i${index}`, writePosition))),
    );
    await hub.clock.end(SPACE, 'one');
    const removedIds: string[][] = [];
    for (let position = from, more = true; more; ) {
      const response = await feedChanges(hub.deps, principal('ada'), 'ada', { position });
      removedIds.push(response.removed);
      ({ position, more } = response);
    }
    expect(removedIds.map((ids) => ids.length)).toEqual([3, 3, 1]);
    expect(new Set(removedIds.flat()).size).toBe(7);
  });

  it('return one reset: none for a position that came after it', async () => {
    const hub = new MemoryHub();
    const { clock, stores } = hub;
    await stores.feeds.insert(groupItems([itemAt('a', await clock.begin(SPACE, 'a', ['ada']))]));
    await clock.end(SPACE, 'a');
    const fetchChanges = (position: string) => feedChanges(hub.deps, principal('ada'), 'ada', { position });
    const list = () => listFeed(hub.deps, principal('ada'), 'ada', feedQuery.parse({ limit: 1 }));
    const before = (await list()).position;
    await resetFeeds(hub.deps, stores, SPACE, ['ada']);
    const removedIds = await fetchChanges(before);
    expect(removedIds.reset).toBe(true);
    const after = await list();
    for (const position of [
      removedIds.position,
      after.position,
      (await fetchChanges(after.position)).position,
    ]) {
      expect(await fetchChanges(position)).toMatchObject({ reset: false, more: false });
    }
    // A push may have overtaken the reset, and may be the last one that a client got.
    expect((await fetchChanges(formatPosition(await clock.now(SPACE)))).reset).toBe(true);
    expect((await fetchChanges(before)).reset).toBe(true);
  });

  it('continue after a reset to their end, and return a reset if another happened meanwhile', async () => {
    const hub = new MemoryHub();
    const { clock, stores } = hub;
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) {
      await stores.feeds.insert(groupItems([itemAt(name, await clock.begin(SPACE, name, ['ada']))]));
      await clock.end(SPACE, name);
    }
    await resetFeeds(hub.deps, stores, SPACE, ['ada']);
    const { position } = await listFeed(hub.deps, principal('ada'), 'ada', feedQuery.parse({}));
    const fetchChanges = (position: string) => feedChanges(hub.deps, principal('ada'), 'ada', { position });
    const first = await fetchChanges(position);
    expect(first).toMatchObject({ more: true, reset: false });
    const second = await fetchChanges(first.position);
    expect(second).toMatchObject({ more: true, reset: false });
    await resetFeeds(hub.deps, stores, SPACE, ['ada']);
    expect(await fetchChanges(second.position)).toMatchObject({ more: false, reset: true });
  });

  it('return a reset if more than 5,000 items changed', async () => {
    const hub = new MemoryHub();
    const writePosition = await hub.clock.begin(SPACE, 'one', ['ada']);
    await hub.stores.feeds.insert(
      groupItems(Array.from({ length: 5_001 }, (_, index) => itemAt(`i${index}`, writePosition))),
    );
    await hub.clock.end(SPACE, 'one');
    const response = await feedChanges(hub.deps, principal('ada'), 'ada', {
      position: formatPosition(asPosition(0)),
    });
    expect(response).toMatchObject({ reset: true, more: false, items: [], removed: [] });
  });
});
