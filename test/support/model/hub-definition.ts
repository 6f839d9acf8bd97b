/** The configuration that an application would write for generated rules. */
import type { Handler, HubDefinition } from '../../../config/definition.ts';
import { predicateOf, type Rules, visibilityOf } from './rule-steps.ts';
import { verbs } from './world.ts';

export function definitionOf(rules: Rules): HubDefinition {
  const isVisible = visibilityOf(rules.visibility);
  return {
    ownActions: rules.ownActions,
    regroup: rules.regroup,
    groupingDelay: rules.groupingDelay,
    ...(rules.visibility !== 'all' && {
      visible: async (action, users) => users.filter((user) => isVisible(action, user)),
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
    ...(group !== undefined && { group: predicateOf(group) }),
    combineWith: Object.fromEntries(combine.map(({ other, predicate }) => [other, predicateOf(predicate)])),
  };
}
