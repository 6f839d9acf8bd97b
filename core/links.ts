/** Where a user may lead others: the URLs that refs and actions of users without the service scope may carry. */
import type { ClassRef, Ref } from '../protocol/entities.ts';
import { isService, type Principal } from './access.ts';
import { forbidden } from './errors.ts';

/**
 * Two bases that differ in everything an address could take from them. An address is relative only where it stays at
 * either: `https:evil.com` is a path at the first, but a host at the second.
 */
const BASES = [new URL('https://one.invalid/a/b'), new URL('http://two.invalid:1/c')];

const MESSAGE = 'must be relative, or of an origin in HUBBUB_LINK_ORIGINS';

/**
 * Whether browsers stay within the page's own origin or one of `origins` when they follow the address. It is read as
 * they read it, so `/\evil.com`, tabs inside a scheme and names in front of an `@` hide nothing.
 */
export function leadsWithin(address: string, origins: readonly string[]): boolean {
  const read = BASES.map((base) => (URL.canParse(address, base.href) ? new URL(address, base) : null));
  const [first, second] = read;
  if (!first || !second || hasUser(first) || hasUser(second)) return false;
  if (read.every((each, index) => each?.origin === BASES[index]?.origin)) return true;
  // Absolute means the same from anywhere. `blob:` has the origin of what is inside it.
  return first.href === second.href && first.protocol !== 'blob:' && origins.includes(first.origin);
}

const hasUser = ({ username, password }: URL): boolean => username !== '' || password !== '';

/** @throws HubError forbidden, with the path of the field */
export function checkLink(origins: readonly string[], address: unknown, path: string): void {
  if (address === undefined || address === null) return;
  if (typeof address !== 'string' || !leadsWithin(address, origins)) throw forbidden(MESSAGE, path);
}

/** @throws HubError forbidden, unless the holder has the service scope */
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

/** The ref as the holder may show it: without links that it may not set. */
export function withAllowedLinks(
  { linkOrigins }: { linkOrigins: readonly string[] },
  principal: Principal,
  { url, image, ...ref }: Ref,
): Ref {
  const isAllowed = (address: string | undefined) =>
    address !== undefined && (isService(principal) || leadsWithin(address, linkOrigins));
  return { ...ref, ...(isAllowed(url) && { url }), ...(isAllowed(image) && { image }) };
}
