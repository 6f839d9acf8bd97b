/**
 * Loaded before a gateway or a worker (`--import`). Shifts `Date` by the milliseconds in the file CHAOS_CLOCK, and follows
 * its changes. Timers and `performance` stay unchanged.
 */
import { readFileSync, watchFile } from 'node:fs';

const file = process.env.CHAOS_CLOCK ?? '';
const RealDate = Date;
let shift = 0;

function read() {
  try {
    shift = Number(readFileSync(file, 'utf8')) || 0;
  } catch {
    shift = 0;
  }
}

read();
watchFile(file, { interval: 200, persistent: false }, read);

class ShiftedDate extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + shift);
    else super(...args);
  }

  static now() {
    return RealDate.now() + shift;
  }
}

Object.defineProperty(ShiftedDate, 'name', { value: 'Date' });
globalThis.Date = ShiftedDate;
