/** The configuration of the hub under test: verbs that group, that combine, and that are below the readable level. */
import type { HubDefinition } from '../config/definition.ts';
import { GROUPING_DELAY, HIDDEN_LEVEL } from './verbs.ts';

export default {
  handlers: [
    { verb: 'edited', groupingDelay: GROUPING_DELAY },
    { verb: 'closed', combineWith: { commented: () => true } },
    { verb: 'whispered', level: HIDDEN_LEVEL },
  ],
} satisfies HubDefinition;
