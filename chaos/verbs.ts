/** The verbs of the actors, for the hub under test and for the model. */
import type { ModelHandlers } from '../dev/model/actions.ts';

/** Seconds; longer than any run, so that grouping does not depend on the gateways' clocks. */
export const GROUPING_DELAY = 86_400;
export const READABLE_LEVEL = 30;
export const HIDDEN_LEVEL = 10;

/** Whether later actions may merge into one of this verb after it was delivered. */
export const mayBeBumped = (verb: string): boolean => verb === 'edited';

export const levelOf = (verb: string): number => (verb === 'whispered' ? HIDDEN_LEVEL : READABLE_LEVEL);

/** The configuration in hub-config.ts, for the model. */
export const modelHandlers: ModelHandlers = {
  groupingDelay: (verb) => (verb === 'edited' ? GROUPING_DELAY : 0),
  combineWith: (verb, other) => (verb === 'closed' && other === 'commented' ? () => true : null),
  group: () => null,
};
