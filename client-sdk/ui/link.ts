/**
 * An address that may be linked to or shown as a picture: `http`, `https`, or relative to the page. Others, such as
 * `javascript:`, are none.
 */
export function safeLink(address: string | undefined): string | undefined {
  if (address === undefined) return undefined;
  const base = 'https://relative.invalid';
  if (!URL.canParse(address, base)) return undefined;
  const { protocol } = new URL(address, base);
  return protocol === 'http:' || protocol === 'https:' ? address : undefined;
}
