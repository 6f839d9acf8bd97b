import type { Bus, NewId, PositionClock } from '../ports/bus.ts';
import type { Spaces } from '../ports/stores.ts';
import type { Settings } from '../settings.ts';

export interface FeedDeps {
  spaces: Spaces;
  clock: PositionClock;
  bus: Bus;
  settings: Settings;
  newId: NewId;
}
