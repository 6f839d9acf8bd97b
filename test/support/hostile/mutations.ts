/** Mutates one place of valid JSON. */
import fc from 'fast-check';
import { hostileJson, hostileName } from './values.ts';

export interface Mutated {
  text: string;
  /** The replaced field of the outermost object, if everything else is unchanged. */
  field: string | null;
}

/** Placeholder for raw text. No valid input contains it. */
const PLACEHOLDER = '\u0001hole\u0001';
const PLACEHOLDER_JSON = JSON.stringify(PLACEHOLDER);

type Path = ReadonlyArray<string | number>;

/** The paths of all places in a value, including the value itself. */
function pathsIn(value: unknown, path: Path = []): Path[] {
  const entries: Array<[string | number, unknown]> = Array.isArray(value)
    ? [...value.entries()]
    : typeof value === 'object' && value !== null
      ? Object.entries(value)
      : [];
  return [path, ...entries.flatMap(([name, each]) => pathsIn(each, [...path, name]))];
}

/** A copy of the value with `change` applied at the place. */
function changedAt(value: unknown, [name, ...rest]: Path, change: (current: unknown) => unknown): unknown {
  if (name === undefined) return change(value);
  const copy: unknown = Array.isArray(value) ? [...value] : { ...Object(value) };
  Reflect.set(Object(copy), name, changedAt(Reflect.get(Object(value), name), rest, change));
  return copy;
}

const fieldOf = ([name]: Path): string | null => (typeof name === 'string' ? name : null);

/** Generates copies of the value with a hostile value at one place. */
export function mutated(value: unknown): fc.Arbitrary<Mutated> {
  const place = fc.constantFrom(...pathsIn(value));
  const replaced = fc.tuple(place, hostileJson).map(([path, json]) => ({
    text: JSON.stringify(changedAt(value, path, () => PLACEHOLDER)).replace(PLACEHOLDER_JSON, () => json),
    field: isJson(json) ? fieldOf(path) : null,
  }));
  const wrapped = place.map((path) => ({
    text: JSON.stringify(changedAt(value, path, (current) => [current])),
    field: fieldOf(path),
  }));
  const removed = place.map((path) => ({
    text: JSON.stringify(changedAt(value, path, () => undefined) ?? null),
    field: null,
  }));
  const added = fc.tuple(place, hostileName, hostileJson).map(([path, name, json]) => {
    const add = (current: unknown) =>
      typeof current === 'object' && current !== null && !Array.isArray(current)
        ? { [PLACEHOLDER]: 0, ...current }
        : PLACEHOLDER;
    const text = JSON.stringify(changedAt(value, path, add));
    const entry = `${JSON.stringify(name)}:${json}`;
    return {
      text: text.replace(`${PLACEHOLDER_JSON}:0`, () => entry).replace(PLACEHOLDER_JSON, () => json),
      field: null,
    };
  });
  const cut = fc.nat(JSON.stringify(value).length).map((length) => ({
    text: JSON.stringify(value).slice(0, length),
    field: null,
  }));
  return fc.oneof(
    { weight: 6, arbitrary: replaced },
    { weight: 2, arbitrary: added },
    { weight: 1, arbitrary: wrapped },
    { weight: 1, arbitrary: removed },
    { weight: 1, arbitrary: cut },
    { weight: 1, arbitrary: hostileJson.map((text) => ({ text, field: null })) },
  );
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
