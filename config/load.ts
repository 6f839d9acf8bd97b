/** Loads the module that `HUBBUB_CONFIG` names. Only this file runs application code at startup. */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { types } from 'node:util';
import { createJiti } from 'jiti';
import { asError } from '../core/errors.ts';
import type { OnHandlerFault } from '../core/handlers/handlers.ts';
import { handlerScope } from '../core/handlers/scope.ts';
import { type Config, ConfigError, readConfig } from './config.ts';
import * as definition from './definition.ts';
import { readSettings } from './settings.ts';

/** Resolves `hubbub/config` in configuration modules, wherever they are, to the same module instance that the hub uses. */
const virtualModules = { 'hubbub/config': definition };

/** Characters of a module's load error. It must fit in one line. */
const MAX_ERROR_LENGTH = 300;

/**
 * Reads the environment and, if `HUBBUB_CONFIG` is set, the module that it names. The module may start timers and connections.
 * `faultLogger` receives the log level, and the function that it returns receives their faults.
 * @throws ConfigError which names the setting
 */
export async function loadConfig(
  env: Record<string, string | undefined>,
  faultLogger: (logLevel: string) => OnHandlerFault,
): Promise<Config> {
  const config = readConfig(env);
  const path = env.HUBBUB_CONFIG;
  // Docker Compose passes an unset variable as an empty string.
  if (path === undefined || path === '') return config;
  const call = { verb: '', part: 'module', action: '' };
  const reportFault = faultLogger(config.logLevel);
  const onStrayError = (error: unknown) => reportFault({ ...call, error: asError(error) });
  const module = await handlerScope.run({ call, onStrayError }, () => importDefault(path));
  return Object.freeze({ ...config, settings: readSettings(module) });
}

/** Returns the default export of a TypeScript or JavaScript module. A relative path starts at the working directory. */
async function importDefault(path: string): Promise<unknown> {
  const absolute = resolve(path);
  const stats = await stat(absolute).catch(() => null);
  if (!stats?.isFile()) throw new ConfigError(`HUBBUB_CONFIG must name a file; there is none at ${absolute}`);
  let module: unknown;
  try {
    // No cache on disk: the file system of a production image may be read-only.
    const jiti = createJiti(absolute, { fsCache: false, interopDefault: false, virtualModules });
    module = await jiti.import(absolute);
  } catch (error) {
    const message = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ').trim();
    throw new ConfigError(
      `HUBBUB_CONFIG ${absolute} cannot be loaded: ${message.slice(0, MAX_ERROR_LENGTH)}`,
    );
  }
  return defaultExport(module, absolute);
}

function defaultExport(module: unknown, path: string): unknown {
  if (typeof module === 'object' && module !== null) {
    if ('default' in module) return unwrapDefault(module.default);
    const isModule = types.isModuleNamespaceObject(module) || '__esModule' in module;
    if (isModule) throw new ConfigError(`HUBBUB_CONFIG ${path} has no default export`);
  }
  // `module.exports` of CommonJS counts as the default export.
  return module;
}

/** CommonJS that was compiled from an ES module nests its default export once more. */
const unwrapDefault = (exported: unknown): unknown =>
  typeof exported === 'object' && exported !== null && 'default' in exported ? exported.default : exported;
