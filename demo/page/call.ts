/** Formats a call of the SDK as source code, to show it after it was made. Pure. */

/** Formats, for example, `hub.log({ … })`: refs in their short form, without undefined fields. */
export function callText(name: string, ...input: unknown[]): string {
  return `${name}(${input.map((each) => formatValue(each, '')).join(', ')})`;
}

function formatValue(value: unknown, indent: string): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map((each) => formatValue(each, indent)).join(', ')}]`;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  const fields = new Map(entries);
  const [type, id] = [fields.get('type'), fields.get('id')];
  if (typeof type === 'string' && typeof id === 'string') return quote(`${type}:${id}`);
  const inner = `${indent}  `;
  const lines = entries.map(([key, each]) => `${inner}${key}: ${formatValue(each, inner)},\n`);
  const short = `{ ${entries.map(([key, each]) => `${key}: ${formatValue(each, inner)}`).join(', ')} }`;
  return short.length <= 48 && !short.includes('\n') ? short : `{\n${lines.join('')}${indent}}`;
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`;
}
