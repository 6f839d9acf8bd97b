/** What a token's holder may log: the contract's section 3. */
import type { Json, Ref } from '../protocol/entities.ts';
import type { ParsedAction } from '../protocol/schemas/action.ts';
import { checkNames, isService, type Principal } from './access.ts';
import { forbidden } from './errors.ts';
import { keyOf } from './keys.ts';
import { levelOf } from './levels.ts';
import { checkLink, checkRefLinks } from './links.ts';
import type { Handlers } from './ports/handlers.ts';
import type { Settings } from './settings.ts';

export interface LogAccessDeps {
  settings: Settings;
  handlers: Handlers;
  /** Origins to which users without the service scope may link, beside relative URLs. */
  linkOrigins: readonly string[];
}

/**
 * Checks one action against what its sender may say. `root` is in front of the paths of its fields.
 * @throws HubError forbidden, with the path of the field; invalid_input where the level has no such name
 */
export function checkAction(
  deps: LogAccessDeps,
  principal: Principal,
  input: ParsedAction,
  root: string,
): void {
  if (isService(principal)) return;
  const { settings, linkOrigins } = deps;
  if (!principal.scopes.has('log')) throw forbidden('the token lacks the scope log');
  const self = `${settings.userType}:${principal.sub}`;
  if (!input.actor || keyOf(input.actor) !== self) {
    throw forbidden('only the service scope logs actions of others', `${root}actor`);
  }
  for (const field of ['timestamp', 'notify'] as const) {
    if (input[field] !== undefined) throw forbidden(`only the service scope sets ${field}`, root + field);
  }
  checkVerb(principal, input.verb, `${root}verb`);
  checkNames(principal, input.targets, `${root}targets`);
  checkNames(principal, input.related, `${root}related`);
  checkWeight(deps, input, root);
  checkActor(principal, input.actor, `${root}actor`);
  // Its picture is the token's.
  checkLink(linkOrigins, input.actor.url, `${root}actor.url`);
  checkRefLinks(deps, principal, input.targets, (index) => `${root}targets[${index}]`);
  checkRefLinks(deps, principal, input.related, (index) => `${root}related[${index}]`);
  const pathOf = (key: string) => root + (input.explicit?.includes(key) ? `data.${key}` : key);
  checkLink(linkOrigins, own(input.data, 'url'), pathOf('url'));
  if (hasButtons(own(input.data, 'buttons'))) {
    throw forbidden('only the service scope sets buttons', pathOf('buttons'));
  }
}

/** @throws HubError forbidden where the claim `verbs` leaves it out */
export function checkVerb(principal: Principal, verb: string, path: string): void {
  if (isService(principal) || !principal.verbs || principal.verbs.has(verb)) return;
  throw forbidden('the token does not allow this verb', path);
}

/**
 * The actor as everyone sees it: with the name and the picture of the token where it has them, for they are the
 * backend's word on who the user is.
 */
export function shownActor(principal: Principal, actor: Ref): Ref {
  const { name, picture } = principal;
  return { ...actor, ...(name !== undefined && { name }), ...(picture !== undefined && { image: picture }) };
}

/** The level decides whether others see the action as unread, the delay whether it reaches into what was logged long ago. */
function checkWeight({ settings, handlers }: LogAccessDeps, input: ParsedAction, root: string): void {
  const { level, groupingDelay, verb } = input;
  const ownLevel = handlers.levelOf(verb);
  if (level !== undefined && levelOf(level, settings, `${root}level`) > ownLevel) {
    throw forbidden(`only the service scope sets a level above the verb's, ${ownLevel}`, `${root}level`);
  }
  const ownDelay = handlers.groupingDelayOf(verb);
  if (groupingDelay !== undefined && groupingDelay > ownDelay) {
    const message = `only the service scope sets a delay above the verb's, ${ownDelay}`;
    throw forbidden(message, `${root}groupingDelay`);
  }
}

function checkActor({ name, picture }: Principal, actor: Ref, path: string): void {
  if (actor.name !== undefined && actor.name !== name) {
    throw forbidden("must be the token's claim name, or left out", `${path}.name`);
  }
  if (actor.image !== undefined && actor.image !== picture) {
    throw forbidden("must be the token's claim picture, or left out", `${path}.image`);
  }
}

const own = (data: Record<string, Json>, key: string): Json | undefined =>
  Object.hasOwn(data, key) ? data[key] : undefined;

/** An empty list has none. */
const hasButtons = (value: Json | undefined): boolean =>
  value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
