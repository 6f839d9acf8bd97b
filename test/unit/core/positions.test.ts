import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { HubError } from '../../../core/errors.ts';
import { feedChanges } from '../../../core/feed/changes.ts';
import { formatCursor, parseCursor } from '../../../core/feed/cursor.ts';
import { listFeed } from '../../../core/feed/list.ts';
import { resetFeeds } from '../../../core/feed/reset.ts';
import type { StoredItem } from '../../../core/model.ts';
import { formatComplete, formatContinuing, formatPosition, parsePosition } from '../../../core/positions.ts';
import { feedQuery, position as positionSchema } from '../../../protocol/schemas/calls.ts';
import { refId } from '../../../protocol/schemas/refs.ts';
import { MemoryHub, principal, SPACE } from '../../support/memory/hub.ts';

vi.mock(import('../../../protocol/limits.ts'), async (original) => {
  const { limits } = await original();
  return { limits: { ...limits, changes: 3 as never } };
});

const runs = { numRuns: 1_000 };
const number = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
/** Ids of users as far as the hub takes them, the longest and strangest among them. */
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

/** What it answers, or `null` where it refuses as it should. */
function unlessRefused<T>(parse: () => T): T | null {
  try {
    return parse();
  } catch (error) {
    if (error instanceof HubError && error.code === 'invalid_input' && error.fields?.length === 1)
      return null;
    throw error;
  }
}

describe('positions', () => {
  it('are read as they were written, and taken from peers', () => {
    fc.assert(
      fc.property(number, number, itemId, (pos, upTo, after) => {
        const plain = { pos, isComplete: false, after: null, upTo: null };
        expect(parsePosition(formatPosition(pos))).toEqual(plain);
        expect(parsePosition(formatComplete(pos))).toEqual({ ...plain, isComplete: pos > 0 });
        expect(parsePosition(formatContinuing(pos, upTo, after))).toEqual({ ...plain, after, upTo });
        for (const text of [formatPosition(pos), formatComplete(pos), formatContinuing(pos, upTo, after)]) {
          expect(positionSchema.parse(text)).toBe(text);
        }
      }),
      runs,
    );
  });

  it('compare as strings as they do as numbers, continuing ones behind the plain one', () => {
    fc.assert(
      fc.property(number, number, itemId, (left, right, after) => {
        expect(formatPosition(left) < formatPosition(right)).toBe(left < right);
        expect(formatContinuing(left, right, after) > formatPosition(left)).toBe(true);
        expect(formatComplete(left) > formatPosition(right)).toBe(left > right);
        expect(formatComplete(left) < formatComplete(right)).toBe(left < right);
      }),
      runs,
    );
  });

  it('that the hub cannot have given are refused, and nothing else is thrown', () => {
    fc.assert(
      fc.property(garbage, (text) => {
        const parsed = unlessRefused(() => parsePosition(text));
        if (parsed === null) return;
        expect(Number.isSafeInteger(parsed.pos) && parsed.pos >= 0).toBe(true);
        const digits = parsed.isComplete ? parsed.pos - 1 : parsed.pos;
        expect(text.startsWith(formatPosition(digits))).toBe(true);
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

  it('are read as they were written, and taken from peers', () => {
    fc.assert(
      fc.property(at, itemId, (when, id) => {
        const cursor = formatCursor({ at: when, id });
        expect(parseCursor(cursor)).toEqual({ at: when, id });
        expect(feedQuery.parse({ cursor }).cursor).toBe(cursor);
      }),
      runs,
    );
  });

  it('that the hub cannot have given are refused, and nothing else is thrown', () => {
    fc.assert(
      fc.property(garbage, (text) => {
        const parsed = unlessRefused(() => parseCursor(text));
        if (parsed) expect(new Date(parsed.at).getTime()).toBe(parsed.at);
      }),
      runs,
    );
  });
});

describe('changes in several answers', () => {
  const itemAt = (name: string, pos: number): StoredItem => ({
    id: `${name}:ada`,
    user: 'ada',
    action: name,
    at: 0,
    pos,
    entered: pos,
    rev: 1,
    unread: true,
    seen: false,
  });

  it('miss nothing that was being written when they began, however long they take', async () => {
    const hub = new MemoryHub();
    const { clock, stores, time } = hub;
    const from = formatPosition(await clock.horizon(SPACE, 'ada'));
    const slow = await clock.begin(SPACE, 'slow', ['ada']);
    for (const name of ['b', 'c', 'd', 'e']) {
      await stores.feeds.insert([itemAt(name, await clock.begin(SPACE, name, ['ada']))]);
      await clock.end(SPACE, name);
    }
    const ask = (position: string) => feedChanges(hub.deps, principal('ada'), 'ada', { position });
    const first = await ask(from);
    expect(first.more).toBe(true);
    await stores.feeds.insert([itemAt('a', slow)]);
    expect(await clock.end(SPACE, 'slow')).toBe(true);
    time.advance(60_000);
    const second = await ask(first.position);
    const later = await ask(second.position);
    const told = [first, second, later].flatMap((answer) => answer.removed);
    expect(new Set(told)).toEqual(new Set(['a', 'b', 'c', 'd', 'e'].map((name) => `${name}:ada`)));
  });

  it('end, and go on from a position given out by the first', async () => {
    const hub = new MemoryHub();
    const from = formatPosition(await hub.clock.horizon(SPACE, 'ada'));
    const pos = await hub.clock.begin(SPACE, 'one', ['ada']);
    await hub.stores.feeds.insert(Array.from({ length: 7 }, (_, index) => itemAt(`i${index}`, pos)));
    await hub.clock.end(SPACE, 'one');
    const told: string[][] = [];
    for (let position = from, more = true; more; ) {
      const answer = await feedChanges(hub.deps, principal('ada'), 'ada', { position });
      told.push(answer.removed);
      ({ position, more } = answer);
    }
    expect(told.map((ids) => ids.length)).toEqual([3, 3, 1]);
    expect(new Set(told.flat()).size).toBe(7);
  });

  it('ask for a reload once: not from what an answer gave after it', async () => {
    const hub = new MemoryHub();
    const { clock, stores } = hub;
    await stores.feeds.insert([itemAt('a', await clock.begin(SPACE, 'a', ['ada']))]);
    await clock.end(SPACE, 'a');
    const ask = (position: string) => feedChanges(hub.deps, principal('ada'), 'ada', { position });
    const list = () => listFeed(hub.deps, principal('ada'), 'ada', feedQuery.parse({ limit: 1 }));
    const before = (await list()).position;
    await resetFeeds(hub.deps, stores, SPACE, ['ada']);
    const told = await ask(before);
    expect(told.reset).toBe(true);
    const after = await list();
    for (const position of [told.position, after.position, (await ask(after.position)).position]) {
      expect(await ask(position)).toMatchObject({ reset: false, more: false });
    }
    // A push may have overtaken the reset and be the last that a client got.
    expect((await ask(formatPosition(await clock.now(SPACE)))).reset).toBe(true);
    expect((await ask(before)).reset).toBe(true);
  });

  it('go on after a reset to their end, and ask for a reload where another came meanwhile', async () => {
    const hub = new MemoryHub();
    const { clock, stores } = hub;
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) {
      await stores.feeds.insert([itemAt(name, await clock.begin(SPACE, name, ['ada']))]);
      await clock.end(SPACE, name);
    }
    await resetFeeds(hub.deps, stores, SPACE, ['ada']);
    const { position } = await listFeed(hub.deps, principal('ada'), 'ada', feedQuery.parse({}));
    const ask = (position: string) => feedChanges(hub.deps, principal('ada'), 'ada', { position });
    const first = await ask(position);
    expect(first).toMatchObject({ more: true, reset: false });
    const second = await ask(first.position);
    expect(second).toMatchObject({ more: true, reset: false });
    await resetFeeds(hub.deps, stores, SPACE, ['ada']);
    expect(await ask(second.position)).toMatchObject({ more: false, reset: true });
  });

  it('ask for a reload where more than 5,000 items changed', async () => {
    const hub = new MemoryHub();
    const pos = await hub.clock.begin(SPACE, 'one', ['ada']);
    await hub.stores.feeds.insert(Array.from({ length: 5_001 }, (_, index) => itemAt(`i${index}`, pos)));
    await hub.clock.end(SPACE, 'one');
    const answer = await feedChanges(hub.deps, principal('ada'), 'ada', { position: formatPosition(0) });
    expect(answer).toMatchObject({ reset: true, more: false, items: [], removed: [] });
  });
});
