import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Display, StoredAction } from '../../../../core/model/entities.ts';
import { asMillis, asPosition } from '../../../../core/model/units.ts';
import type { BusMessage } from '../../../../core/ports/bus.ts';
import { MessageDisplays } from '../../../../server/delivery/message-displays.ts';
import { until } from '../../../support/until.ts';

const actionOf = (id: string, project = 'p1'): StoredAction => ({
  id,
  actor: { type: 'user', id: 'bob' },
  verb: 'closed',
  targets: [{ type: 'project', id: project, name: 'logged' }],
  related: [],
  level: 30,
  data: {},
  timestamp: asMillis(0),
  updatedAt: asMillis(0),
  count: 1,
  notify: [],
  version: 1,
});
const pushOf = (id: string, project?: string): BusMessage => ({
  kind: 'actions',
  actions: [actionOf(id, project)],
  removed: [],
  position: asPosition(1),
});
const removal: BusMessage = { kind: 'removed', items: [] };
const completion: BusMessage = { kind: 'completed', ids: ['a'] };

/** A read that the test finishes. */
class Read {
  resolve: (displays: Map<string, Display>) => void = () => undefined;
  reject: (error: Error) => void = () => undefined;
  readonly result = new Promise<Map<string, Display>>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });
}

let known: Map<string, Display> | null;
/** Reads that are not finished, by the order of their messages. */
let reads: Read[];
let isWanted: boolean;
let delivered: string[];
let gaps: string[];
let messages: MessageDisplays;
beforeEach(() => {
  known = null;
  reads = [];
  isWanted = true;
  delivered = [];
  gaps = [];
  messages = new MessageDisplays({
    displays: {
      known: () => known,
      find: () => {
        const read = new Read();
        reads.push(read);
        return read.result;
      },
    },
    isWanted: () => isWanted,
    deliver(space, message) {
      const [action] = message.kind === 'actions' ? message.actions : [];
      delivered.push(
        [space, message.kind, action && `${action.id} ${action.targets[0]?.name}`].filter(Boolean).join(),
      );
    },
    notifyGap: (space) => gaps.push(space),
    log: pino({ level: 'silent' }),
  });
});

const shop = new Map([['project:p1', { name: 'Shop' }]]);

describe('messages', () => {
  it('pass at once while their displays are known', () => {
    known = new Map();
    messages.handle('a', pushOf('1'));
    known = shop;
    messages.handle('a', pushOf('2'));
    messages.handle('a', pushOf('3', 'p2'));
    messages.handle('a', removal);
    expect(delivered).toEqual(['a,actions,1 logged', 'a,actions,2 Shop', 'a,actions,3 logged', 'a,removed']);
  });

  it('pass at once, without a query, if no client gets them', () => {
    isWanted = false;
    messages.handle('a', pushOf('1'));
    expect([delivered, reads]).toEqual([['a,actions,1 logged'], []]);
  });

  it('wait for earlier ones of their space whose displays are read', async () => {
    messages.handle('a', pushOf('1'));
    messages.handle('a', removal);
    messages.handle('a', pushOf('2'));
    messages.handle('b', removal);
    messages.handle('a', completion);
    expect(delivered).toEqual(['b,removed', 'a,completed']);
    reads[0]?.resolve(shop);
    await until(() => reads.length === 2, 'the second read');
    expect(delivered.slice(2)).toEqual(['a,actions,1 Shop', 'a,removed']);
    messages.handle('a', removal);
    reads[1]?.resolve(new Map());
    await until(() => delivered.length === 6, 'all messages');
    expect(delivered.slice(4)).toEqual(['a,actions,2 logged', 'a,removed']);
    messages.handle('a', removal);
    expect(delivered).toHaveLength(7);
  });

  it('are discarded, and clients notified, if the displays cannot be read', async () => {
    messages.handle('a', pushOf('1'));
    messages.handle('a', removal);
    reads[0]?.reject(new Error('MongoDB is unavailable'));
    await until(() => gaps.length === 1, 'the gap');
    known = shop;
    messages.handle('a', pushOf('2'));
    expect([gaps, delivered]).toEqual([['a'], ['a,actions,2 Shop']]);
  });

  it('are discarded, and clients notified before any later push, if too many wait', async () => {
    messages.handle('a', pushOf('1'));
    for (let count = 0; count < 200 && gaps.length === 0; count += 1) messages.handle('a', removal);
    expect([gaps, delivered]).toEqual([['a'], []]);
    known = shop;
    messages.handle('a', pushOf('2'));
    reads[0]?.resolve(shop);
    await reads[0]?.result;
    await Promise.resolve();
    messages.handle('a', pushOf('3'));
    expect(delivered).toEqual(['a,actions,2 Shop', 'a,actions,3 Shop']);
  });
});
