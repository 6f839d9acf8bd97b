/** What an application would write as its configuration, of generated rules. */
import type { Handler, HubDefinition } from '../../../core/definition.ts';
import { opinionOf, type Rules, sightOf } from './rule-steps.ts';
import { verbs } from './world.ts';

export function definitionOf(rules: Rules): HubDefinition {
  const isSeen = sightOf(rules.sight);
  return {
    ownActions: rules.ownActions,
    regroup: rules.regroup,
    groupingDelay: rules.groupingDelay,
    ...(rules.sight !== 'all' && {
      visible: async (action, users) => users.filter((user) => isSeen(action, user)),
    }),
    handlers: verbs.map((verb) => handlerOf(verb, rules)),
  };
}

function handlerOf(verb: string, rules: Rules): Handler {
  const [delay, group] = [rules.delays[verb], rules.group[verb]];
  const combine = rules.combine.filter((each) => each.verb === verb).reverse();
  return {
    verb,
    ...(delay !== undefined && { groupingDelay: delay }),
    ...(group !== undefined && { group: opinionOf(group) }),
    combineWith: Object.fromEntries(combine.map(({ other, opinion }) => [other, opinionOf(opinion)])),
  };
}
