/** Generates the SDK's reference in docs/api from its types and their comments: `writeReference(folder)`. */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Application, Converter, OptionDefaults, ReflectionKind, type TypeDocOptions } from 'typedoc';
import type { PluginOptions } from 'typedoc-plugin-markdown';
import { importName, packageNames, packages } from './packages.ts';

const source = fileURLToPath(new URL('..', import.meta.url));

/** Every entry of every package: its import name, and its source file below `client-sdk`. */
const entries = packageNames.flatMap((name) =>
  Object.entries(packages[name].entries).map(([entry, path]) => ({
    name: importName(name, entry),
    path: `${name}/${path}`,
  })),
);

/** TypeDoc names a module after the folder of its `index.ts`. Throws for an unknown one. */
function nameOf(module: string): string {
  const entry = entries.find(({ path }) => dirname(path) === module);
  if (!entry) throw new Error(`${module} is no entry of a package`);
  return entry.name;
}

/** Members that only lit calls. */
const litMembers = new Set(['styles', 'properties', 'disconnectedCallback', 'connectedCallback']);

const optionsFor = (folder: string): TypeDocOptions & Partial<PluginOptions> => ({
  outputs: [{ name: 'markdown', path: folder }],
  // TypeDoc would empty the folder, whatever is in it.
  cleanOutputDir: false,
  plugin: ['typedoc-plugin-markdown'],
  entryPoints: entries.map(({ path }) => `${source}${path}`),
  tsconfig: `${source}build/tsconfig.types.json`,
  name: 'Hubbub SDK',
  readme: 'none',
  router: 'module',
  // The output must not depend on the machine or the date.
  disableSources: true,
  disableGit: true,
  hideGenerator: true,
  hideBreadcrumbs: true,
  hidePageHeader: true,
  excludePrivate: true,
  excludeProtected: true,
  excludeInternal: true,
  excludeExternals: true,
  skipErrorChecking: true,
  sort: ['source-order'],
  sortEntryPoints: false,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  classPropertiesFormat: 'table',
  typeDeclarationFormat: 'table',
  enumMembersFormat: 'table',
  propertyMembersFormat: 'table',
  expandObjects: true,
  useCodeBlocks: true,
  intentionallyNotExported: ['ErrorBody', 'ErrorCode'],
  blockTags: [...OptionDefaults.blockTags, '@fires'],
  treatWarningsAsErrors: true,
  logLevel: 'Warn',
});

/** Removes trailing spaces, and ends each file with one line break. */
async function trimLines(folder: string): Promise<void> {
  for (const path of await readdir(folder, { recursive: true })) {
    if (!path.endsWith('.md')) continue;
    const text = await readFile(join(folder, path), 'utf8');
    await writeFile(join(folder, path), `${text.replaceAll(/[ \t]+$/gm, '').trimEnd()}\n`);
  }
}

/** Replaces the content of the folder. Rejects if a comment refers to something that does not exist. */
export async function writeReference(folder: string): Promise<void> {
  const application = await Application.bootstrapWithPlugins(optionsFor(folder));
  application.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.children ?? []) module.name = nameOf(module.name);
    for (const member of project.getReflectionsByKind(ReflectionKind.ClassMember)) {
      if (litMembers.has(member.name)) project.removeReflection(member);
    }
    // A destructured parameter has no name.
    for (const parameter of project.getReflectionsByKind(ReflectionKind.Parameter)) {
      if (parameter.name === '__namedParameters') parameter.name = 'options';
    }
  });
  const project = await application.convert();
  if (!project) throw new Error('TypeDoc could not convert the types');
  application.validate(project);
  await rm(folder, { recursive: true, force: true });
  await application.generateOutputs(project);
  await trimLines(folder);
  if (application.logger.hasErrors() || application.logger.hasWarnings()) {
    throw new Error('the reference has errors or warnings, see above');
  }
}
