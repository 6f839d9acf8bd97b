/** Checks URLs in refs and actions: without the service scope, they must not link to foreign sites. */
import type { ClassRef, Ref } from '../../protocol/entities.ts';
import { forbidden } from '../errors.ts';
import { isService, type Principal } from './principal.ts';

/**
 * Two bases that differ in every part a relative address can inherit. An address is relative only if it keeps
 * the origin of both: `https:evil.com` is a path relative to the first, but a host relative to the second.
 */
const BASES = [new URL('https://one.invalid/a/b'), new URL('http://two.invalid:1/c')];

const MESSAGE = 'must be relative, or of an origin in HUBBUB_LINK_ORIGINS';

/**
 * Returns true if the address stays within the page's own origin or one of `origins`. Parses it as browsers
 * do, so `/\evil.com`, tabs inside a scheme and user names before an `@` cannot disguise the target.
 */
export function isWithinOrigins(address: string, origins: readonly string[]): boolean {
  const parsed = BASES.map((base) => (URL.canParse(address, base.href) ? new URL(address, base) : null));
  const [first, second] = parsed;
  if (!first || !second || hasUser(first) || hasUser(second)) return false;
  if (parsed.every((each, index) => each?.origin === BASES[index]?.origin)) return true;
  // An absolute address resolves the same against both bases. A `blob:` URL has the origin of the URL inside
  // it.
  return first.href === second.href && first.protocol !== 'blob:' && origins.includes(first.origin);
}

const hasUser = ({ username, password }: URL): boolean => username !== '' || password !== '';

/** @throws HubError forbidden, with the path of the field */
export function checkLink(origins: readonly string[], address: unknown, path: string): void {
  if (address === undefined || address === null) return;
  if (typeof address !== 'string' || !isWithinOrigins(address, origins)) throw forbidden(MESSAGE, path);
}

/** Allows any URL with the service scope. @throws HubError forbidden */
export function checkRefLinks(
  { linkOrigins }: { linkOrigins: readonly string[] },
  principal: Principal,
  refs: ReadonlyArray<Ref | ClassRef>,
  pathOf: (index: number) => string,
): void {
  if (isService(principal)) return;
  for (const [index, ref] of refs.entries()) {
    if (!('id' in ref)) continue;
    checkLink(linkOrigins, ref.url, `${pathOf(index)}.url`);
    checkLink(linkOrigins, ref.image, `${pathOf(index)}.image`);
  }
}

/** Returns the ref without the links that the principal must not set. */
export function withAllowedLinks(
  { linkOrigins }: { linkOrigins: readonly string[] },
  principal: Principal,
  { url, image, ...ref }: Ref,
): Ref {
  const isAllowed = (address: string | undefined) =>
    address !== undefined && (isService(principal) || isWithinOrigins(address, linkOrigins));
  return { ...ref, ...(isAllowed(url) && { url }), ...(isAllowed(image) && { image }) };
}
