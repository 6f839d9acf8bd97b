/** Every export of an SDK entry is used in that entry's type test: `test/types/inbox-engine.test-d.ts`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { importName, packageNames, packages } from '../../client-sdk/build/packages.ts';

/** The import name of each entry, and its source file. */
const entries = packageNames.flatMap((name) =>
  Object.entries(packages[name].entries).map(
    ([entry, path]) => [importName(name, entry), join('client-sdk', name, path)] as const,
  ),
);
const testOf = (name: string) =>
  join('test/types', `${name.replace('@hubbub/', '').replace('/', '-')}.test-d.ts`);

const { config } = ts.readConfigFile('client-sdk/build/tsconfig.types.json', ts.sys.readFile);
const { options } = ts.parseJsonConfigFileContent(config, ts.sys, 'client-sdk/build');
const program = ts.createProgram(
  entries.map(([, path]) => path),
  options,
);
const checker = program.getTypeChecker();

function exportsOf(path: string): string[] {
  const file = program.getSourceFile(path);
  const symbol = file && checker.getSymbolAtLocation(file);
  return symbol ? checker.getExportsOfModule(symbol).map((each) => each.name) : [];
}

/** The names in a file's code after its imports, without comments and strings. */
function usedIn(path: string): Set<string> {
  const used = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) return;
    if (ts.isIdentifier(node)) used.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest));
  return used;
}

describe.each(entries)('the entry %s', (name, path) => {
  const exported = exportsOf(path);

  test('exports something', () => {
    expect(exported.length).toBeGreaterThan(0);
  });

  test('has a type test of every export', () => {
    const used = usedIn(testOf(name));
    expect(exported.filter((each) => !used.has(each))).toEqual([]);
  });
});
