/** The verbs that actors log; the hub under test and the model have them from here. */
import type { ModelHandlers } from '../dev/model/actions.ts';

/** Seconds; longer than any run, so that the clocks of gateways do not decide what is grouped. */
export const GROUPING_DELAY = 86_400;
export const READABLE_LEVEL = 30;
export const HIDDEN_LEVEL = 10;

export const levelOf = (verb: string): number => (verb === 'whispered' ? HIDDEN_LEVEL : READABLE_LEVEL);

/** What hub-config.ts says, for the model. */
export const modelHandlers: ModelHandlers = {
  groupingDelay: (verb) => (verb === 'edited' ? GROUPING_DELAY : 0),
  combineWith: (verb, other) => (verb === 'closed' && other === 'commented' ? () => true : null),
  group: () => null,
};
