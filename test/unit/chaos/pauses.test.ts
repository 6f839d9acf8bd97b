/** How the fault harness measures pauses. A harness that excuses too much proves nothing. */
import { describe, expect, it } from 'vitest';
import { Pauses } from '../../../chaos/check/pauses.ts';

/** Pauses on a clock that the test sets, in seconds. */
function createTracker() {
  let now = 0;
  const pauses = new Pauses({ gateways: 2, now: () => now });
  const at = (second: number): void => {
    now = second * 1_000;
  };
  return {
    pauses,
    disturb: (second: number, trouble: Parameters<Pauses['disturb']>[0]): ((over: number) => void) => {
      at(second);
      const end = pauses.disturb(trouble, trouble);
      return (over) => {
        at(over);
        end();
      };
    },
    disturbGateway: (second: number, gateway: string, what = 'was killed'): ((over: number) => void) => {
      at(second);
      const end = pauses.disturbGateway(gateway, what);
      return (over) => {
        at(over);
        end();
      };
    },
    delivered: (accepted: number, received: number) =>
      pauses.recordDelivery(accepted * 1_000, received * 1_000),
    above: () => pauses.overLimit.map(({ after, milliseconds }) => [after, milliseconds / 1_000]),
    longest: () =>
      Object.fromEntries([...pauses.longest].map(([after, pause]) => [after, pause.milliseconds / 1_000])),
  };
}

describe('a wait', () => {
  it('is measured in full if nothing was wrong', () => {
    const { delivered, above, longest } = createTracker();
    delivered(10, 15);
    expect(above()).toEqual([]);
    delivered(20, 26);
    expect(above()).toEqual([['accepted', 6]]);
    expect(longest()).toEqual({ accepted: 6 });
  });

  it('counts from the crash of a process, even if the process stays down', () => {
    const { disturb, delivered, above, longest } = createTracker();
    disturb(12, 'process');
    delivered(10, 16);
    expect(above()).toEqual([]);
    delivered(10, 18);
    expect(above()).toEqual([['process', 6]]);
    expect(longest()).toEqual({ accepted: 2, process: 6 });
  });

  it('does not count while a database is unavailable, and counts from its return', () => {
    const { disturb, delivered, above, longest } = createTracker();
    disturb(11, 'database')(40);
    delivered(10, 42);
    expect(above()).toEqual([]);
    delivered(10, 44);
    expect(above()).toEqual([['database', 4]]);
    expect(longest()).toEqual({ accepted: 1, database: 4 });
  });

  it('does not count if the database is still unavailable at its end', () => {
    const { disturb, delivered, above } = createTracker();
    disturb(11, 'database');
    delivered(10, 60);
    expect(above()).toEqual([]);
  });

  it('starts over at each fault', () => {
    const { disturb, delivered, above, longest } = createTracker();
    disturb(11, 'database')(20);
    disturb(22, 'process');
    disturb(25, 'database')(30);
    delivered(10, 32);
    expect(above()).toEqual([]);
    expect(longest()).toEqual({ accepted: 1, database: 2, process: 3 });
  });

  it('may start shortly before the action was accepted, with the limit of that time', () => {
    const { disturb, delivered, above } = createTracker();
    disturb(0, 'database')(5);
    delivered(9, 13);
    expect(above()).toEqual([['database', 4]]);
  });

  it('is not excused by a fault that ended long before', () => {
    const { disturb, delivered, above, longest } = createTracker();
    disturb(0, 'database')(5);
    disturb(6, 'process');
    delivered(30, 36);
    expect(above()).toEqual([['accepted', 6]]);
    expect(longest()).toEqual({ accepted: 6 });
  });

  it('is not excused by a later fault', () => {
    const { disturb, delivered, above } = createTracker();
    disturb(17, 'process');
    delivered(10, 16);
    expect(above()).toEqual([['accepted', 6]]);
  });

  it('is not excused by a fault of one gateway of two', () => {
    const { disturbGateway, delivered, above } = createTracker();
    const killed = disturbGateway(11, 'gateway 1');
    const cut = disturbGateway(12, 'gateway 1', 'was cut off');
    killed(15);
    cut(16);
    disturbGateway(16, 'gateway 2')(20);
    delivered(10, 20);
    expect(above()).toEqual([['accepted', 10]]);
  });

  it('does not count while every gateway has a fault', () => {
    const { disturbGateway, delivered, above } = createTracker();
    const first = disturbGateway(11, 'gateway 1');
    const second = disturbGateway(14, 'gateway 2');
    const cut = disturbGateway(15, 'gateway 2', 'was cut off');
    second(20);
    cut(40);
    first(50);
    delivered(10, 42);
    expect(above()).toEqual([]);
    delivered(10, 44);
    expect(above()).toEqual([['database', 4]]);
  });

  it('may take a minute after Redis lost its data, and no longer', () => {
    const { disturb, delivered, above } = createTracker();
    disturb(11, 'forgotten');
    delivered(10, 70);
    expect(above()).toEqual([]);
    delivered(10, 72);
    expect(above()).toEqual([['forgotten', 61]]);
  });
});
