import type { PositionClock } from '../ports/bus.ts';
import type { Handlers } from '../ports/handlers.ts';
import type { Spaces } from '../ports/stores.ts';
import type { Settings } from '../settings.ts';

export interface ActionsDeps {
  spaces: Spaces;
  clock: PositionClock;
  settings: Settings;
  handlers: Handlers;
}
