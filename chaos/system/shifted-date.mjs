/**
 * Loaded before a gateway or a worker (`--import`): `Date` runs ahead or behind by the milliseconds that the file named by
 * CHAOS_CLOCK holds, and follows it. Timers and `performance` stay as they are.
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
