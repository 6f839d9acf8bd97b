/** The reference of the SDK in docs/api, made of its types and their comments: `writeReference(folder)`. */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Application, Converter, OptionDefaults, ReflectionKind, type TypeDocOptions } from 'typedoc';
import type { PluginOptions } from 'typedoc-plugin-markdown';
import { entries } from './entries.ts';

const source = fileURLToPath(new URL('..', import.meta.url));

/** How a module is called: as it is imported. */
const nameOf = (module: string): string => (module === 'src' ? '@hubbub/client' : `@hubbub/client/${module}`);

/** What lit calls, and nobody else. */
const plumbing = new Set(['styles', 'properties', 'disconnectedCallback', 'connectedCallback']);

const optionsFor = (folder: string): TypeDocOptions & Partial<PluginOptions> => ({
  outputs: [{ name: 'markdown', path: folder }],
  // It would empty whatever folder it writes to.
  cleanOutputDir: false,
  plugin: ['typedoc-plugin-markdown'],
  entryPoints: Object.values(entries).map((path) => `${source}${path}`),
  tsconfig: `${source}build/tsconfig.types.json`,
  name: '@hubbub/client',
  readme: 'none',
  router: 'module',
  // Nothing that another machine or another day would write otherwise.
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
  intentionallyNotExported: ['Maybe'],
  blockTags: [...OptionDefaults.blockTags, '@fires'],
  treatWarningsAsErrors: true,
  logLevel: 'Warn',
});

/** Lines without spaces at their ends, and one line break at the end of each file. */
async function tidy(folder: string): Promise<void> {
  for (const path of await readdir(folder, { recursive: true })) {
    if (!path.endsWith('.md')) continue;
    const text = await readFile(join(folder, path), 'utf8');
    await writeFile(join(folder, path), `${text.replaceAll(/[ \t]+$/gm, '').trimEnd()}\n`);
  }
}

/** Replaces what is in the folder. Rejects where a comment names something that is not there. */
export async function writeReference(folder: string): Promise<void> {
  const application = await Application.bootstrapWithPlugins(optionsFor(folder));
  application.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.children ?? []) module.name = nameOf(module.name);
    for (const member of project.getReflectionsByKind(ReflectionKind.ClassMember)) {
      if (plumbing.has(member.name)) project.removeReflection(member);
    }
    // What is taken apart where it arrives has no name there.
    for (const parameter of project.getReflectionsByKind(ReflectionKind.Parameter)) {
      if (parameter.name === '__namedParameters') parameter.name = 'options';
    }
  });
  const project = await application.convert();
  if (!project) throw new Error('the reference could not be made of the types');
  application.validate(project);
  await rm(folder, { recursive: true, force: true });
  await application.generateOutputs(project);
  await tidy(folder);
  if (application.logger.hasErrors() || application.logger.hasWarnings()) {
    throw new Error('the reference has faults, see above');
  }
}
