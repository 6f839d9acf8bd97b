/** Loads the module that `HUBBUB_CONFIG` names. The only place that runs an application's code at the start. */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { types } from 'node:util';
import { createJiti } from 'jiti';
import * as definition from '../core/definition.ts';
import { asError } from '../core/errors.ts';
import { type HandlerCall, handlerScope } from '../core/handler-scope.ts';
import { type Config, ConfigError, readConfig } from './config.ts';
import { createLogger, logFaults } from './log.ts';
import { readSettings } from './settings.ts';

/** What configuration modules import, wherever they lie; the same module as ours, in TypeScript as in JavaScript. */
const virtualModules = { 'hubbub/config': definition };

/** Characters of what a module that cannot be loaded says; it goes into one line. */
const MOST_SAID = 300;

/**
 * Reads the environment, and the module that `HUBBUB_CONFIG` names where it is set.
 * @throws ConfigError which names the setting
 */
export async function loadConfig(env: Record<string, string | undefined>): Promise<Config> {
  const config = readConfig(env);
  const path = env.HUBBUB_CONFIG;
  // As Compose passes on a variable that is not set.
  if (path === undefined || path === '') return config;
  const load = () => importDefault(path);
  const module = await handlerScope.run(moduleCall(config.logLevel), load);
  return Object.freeze({ ...config, settings: readSettings(module) });
}

/** The module may start timers and connections of its own when it is loaded: their faults are the application's, too. */
function moduleCall(logLevel: string): HandlerCall {
  const about = { verb: '', part: 'module', action: '' };
  const tell = logFaults(createLogger('configuration', logLevel));
  return { about, stray: (error) => tell({ ...about, error: asError(error) }) };
}

/** The default export of a TypeScript or JavaScript module; the path is absolute or relative to the working directory. */
async function importDefault(path: string): Promise<unknown> {
  const absolute = resolve(path);
  const isFile = await stat(absolute).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isFile) throw new ConfigError(`HUBBUB_CONFIG must name a file; there is none at ${absolute}`);
  let module: unknown;
  try {
    // Nothing is written to disk, where a production image may let nobody write.
    const jiti = createJiti(absolute, { fsCache: false, interopDefault: false, virtualModules });
    module = await jiti.import(absolute);
  } catch (error) {
    const said = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ').trim();
    throw new ConfigError(`HUBBUB_CONFIG ${absolute} cannot be loaded: ${said.slice(0, MOST_SAID)}`);
  }
  return defaultOf(module, absolute);
}

function defaultOf(module: unknown, path: string): unknown {
  if (typeof module === 'object' && module !== null) {
    if ('default' in module) return unnested(module.default);
    const isModule = types.isModuleNamespaceObject(module) || '__esModule' in module;
    if (isModule) throw new ConfigError(`HUBBUB_CONFIG ${path} has no default export`);
  }
  // What a CommonJS module exports is its default export.
  return module;
}

/** CommonJS that was made of an ES module has its default export in another one. */
const unnested = (exported: unknown): unknown =>
  typeof exported === 'object' && exported !== null && 'default' in exported ? exported.default : exported;
