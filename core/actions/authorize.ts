/** Checks what a principal may log (docs/security.md). */
import type { Json, Ref } from '../../protocol/entities.ts';
import type { ParsedAction } from '../../protocol/schemas/action.ts';
import { checkLink, checkRefLinks } from '../access/links.ts';
import { checkNames, isService, type Principal } from '../access/principal.ts';
import { forbidden } from '../errors.ts';
import { keyOf } from '../model/keys.ts';
import { levelOf } from '../model/levels.ts';
import type { LogDeps } from '../ports/deps.ts';

type LogAccessDeps = Pick<LogDeps, 'settings' | 'handlers' | 'linkOrigins'>;

/**
 * Checks that the principal may log this action. `pathPrefix` precedes the field paths in errors.
 * @throws HubError forbidden, with the path of the field; invalid_input if the name of the level is not
 * configured
 */
export function checkAction(
  deps: LogAccessDeps,
  principal: Principal,
  input: ParsedAction,
  pathPrefix: string,
): void {
  if (isService(principal)) return;
  const { settings, linkOrigins } = deps;
  if (!principal.scopes.has('log')) throw forbidden('the token lacks the scope log');
  const self = `${settings.userType}:${principal.sub}`;
  if (!input.actor || keyOf(input.actor) !== self) {
    throw forbidden('only the service scope logs actions of others', `${pathPrefix}actor`);
  }
  for (const field of ['timestamp', 'notify'] as const) {
    if (input[field] !== undefined)
      throw forbidden(`only the service scope sets ${field}`, pathPrefix + field);
  }
  checkVerb(principal, input.verb, `${pathPrefix}verb`);
  checkNames(principal, input.targets, `${pathPrefix}targets`);
  checkNames(principal, input.related, `${pathPrefix}related`);
  checkLevelAndDelay(deps, input, pathPrefix);
  checkActor(principal, input.actor, `${pathPrefix}actor`);
  // `checkActor` compared the image with the token's picture, so only the URL is left to check.
  checkLink(linkOrigins, input.actor.url, `${pathPrefix}actor.url`);
  checkRefLinks(deps, principal, input.targets, (index) => `${pathPrefix}targets[${index}]`);
  checkRefLinks(deps, principal, input.related, (index) => `${pathPrefix}related[${index}]`);
  checkLink(linkOrigins, input.url, `${pathPrefix}url`);
  if (input.buttons) throw forbidden('only the service scope sets buttons', `${pathPrefix}buttons`);
  // Pages may render these keys of `data` in the same way.
  const pathOf = (key: string) => `${pathPrefix}data.${key}`;
  checkLink(linkOrigins, ownProperty(input.data, 'url'), pathOf('url'));
  if (hasButtons(ownProperty(input.data, 'buttons'))) {
    throw forbidden('only the service scope sets buttons', pathOf('buttons'));
  }
}

/** @throws HubError forbidden if the claim `verbs` does not contain the verb */
export function checkVerb(principal: Principal, verb: string, path: string): void {
  if (isService(principal) || !principal.verbs || principal.verbs.has(verb)) return;
  throw forbidden('the token does not allow this verb', path);
}

/**
 * Returns the actor with the name and the picture of the token, if it has them: the backend vouches for them.
 */
export function displayedActor(principal: Principal, actor: Ref): Ref {
  const { name, picture } = principal;
  return { ...actor, ...(name !== undefined && { name }), ...(picture !== undefined && { image: picture }) };
}

/** A higher level would make actions visible, and a longer delay would let them join older ones. */
function checkLevelAndDelay(
  { settings, handlers }: LogAccessDeps,
  input: ParsedAction,
  pathPrefix: string,
): void {
  const { level, groupingDelay, verb } = input;
  const verbLevel = handlers.levelOf(verb);
  if (level !== undefined && levelOf(level, settings, `${pathPrefix}level`) > verbLevel) {
    throw forbidden(
      `only the service scope sets a level above the verb's, ${verbLevel}`,
      `${pathPrefix}level`,
    );
  }
  const verbDelay = handlers.groupingDelayOf(verb);
  if (groupingDelay !== undefined && groupingDelay > verbDelay) {
    const message = `only the service scope sets a delay above the verb's, ${verbDelay}`;
    throw forbidden(message, `${pathPrefix}groupingDelay`);
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

const ownProperty = (data: Record<string, Json>, key: string): Json | undefined =>
  Object.hasOwn(data, key) ? data[key] : undefined;

const hasButtons = (value: Json | undefined): boolean =>
  value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
