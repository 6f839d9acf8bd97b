/**
 * Runs first on a fresh clone, so it is plain JavaScript without dependencies. It checks the Node version, installs missing
 * or outdated packages, and runs a TypeScript main file with the same arguments, signals and exit code.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const OLDEST_NODE = [20, 19];

/** Written after a complete installation; contains the hash of the lockfile. */
const STAMP = join(ROOT, 'node_modules', '.hubbub-installed');
const LOCKFILE = join(ROOT, 'package-lock.json');

/** @param {string} main a file in this folder */
export async function launch(main) {
  checkNode();
  if (!isInstalled()) await install();
  await run(main);
}

function fail(line) {
  process.stderr.write(`${line}\n`);
  process.exit(1);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  fail(`Hubbub needs Node.js ${OLDEST_NODE.join('.')} or later; this is ${process.versions.node}.`);
}

function lockfileHash() {
  const source = existsSync(LOCKFILE) ? LOCKFILE : join(ROOT, 'package.json');
  return createHash('sha256').update(readFileSync(source)).digest('hex');
}

function isInstalled() {
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === lockfileHash()) return true;
  return isInstalledByHand();
}

/** Whether npm's own record, which it writes last, has every package of the lockfile in the same version. */
function isInstalledByHand() {
  const record = readPackages(join(ROOT, 'node_modules', '.package-lock.json'));
  const locked = readPackages(LOCKFILE);
  if (!record || !locked) return false;
  return Object.entries(locked).every(([path, { version, link, optional }]) => {
    // Optional packages are for some platforms only.
    return !path.startsWith('node_modules/') || link || optional || record[path]?.version === version;
  });
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** One installation at a time: `npm start` and `npm test` may both be the first. */
async function install() {
  const mutex = join(
    tmpdir(),
    `hubbub-install-${createHash('sha256').update(ROOT).digest('hex').slice(0, 16)}`,
  );
  while (!acquireMutex(mutex)) await delay(200);
  try {
    if (!isInstalled()) await npmInstall();
  } finally {
    rmSync(mutex, { recursive: true, force: true });
  }
}

function acquireMutex(mutex) {
  const owner = join(mutex, 'pid');
  try {
    mkdirSync(mutex);
    writeFileSync(owner, String(process.pid));
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') fail(`Can't write to ${tmpdir()}: ${error.message}`);
  }
  try {
    process.kill(Number(readFileSync(owner, 'utf8')), 0);
  } catch (error) {
    // The file does not exist yet, or its owner has ended.
    if (error.code === 'ESRCH') rmSync(mutex, { recursive: true, force: true });
  }
  return false;
}

async function npmInstall() {
  const startedAt = Date.now();
  const report = (end) => process.stderr.write(`Installing packages … ${end}\n`);
  const progress = setInterval(() => report(`${Math.round((Date.now() - startedAt) / 1000)} s`), 5_000);
  process.stderr.write('Installing packages …\n');
  const command = existsSync(LOCKFILE) ? 'ci' : 'install';
  const args = [command, '--include=dev', '--no-audit', '--no-fund', '--loglevel=error', '--progress=false'];
  // Uses the npm that started this process, or the one on PATH.
  const npm = process.env.npm_execpath;
  const [program, first] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []];
  const child = spawn(program, [...first, ...args], { cwd: ROOT, stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const code = await new Promise((resolve) => {
    child.once('error', (error) => {
      errors += error.message;
      resolve(1);
    });
    child.once('close', (status) => resolve(status ?? 1));
  });
  clearInterval(progress);
  if (code !== 0) {
    rmSync(STAMP, { force: true });
    fail(`Installing packages failed: npm ${command} ended with code ${code}.\n${errors.trim()}`);
  }
  writeFileSync(STAMP, lockfileHash());
}

async function run(main) {
  const args = ['--import', import.meta.resolve('tsx'), join(ROOT, 'dev', main), ...process.argv.slice(2)];
  // When this process is killed, the channel closes, and the child stops the processes that it started.
  const child = spawn(process.execPath, args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  stopWithNpm(child);
  const [code, signal] = await new Promise((resolve) => child.once('exit', (...args) => resolve(args)));
  process.exit(code ?? 128 + (constants.signals[signal] ?? 0));
}

/** npm forwards signals, but not its own death: after that, this process or the shell above it has another parent. */
function stopWithNpm(child) {
  if (!process.env.npm_lifecycle_event) return;
  const before = ancestors();
  setInterval(() => ancestors() !== before && child.kill('SIGTERM'), 500).unref();
}

function ancestors() {
  const parent = process.ppid;
  try {
    const stat = readFileSync(`/proc/${parent}/stat`, 'utf8');
    return `${parent} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]}`;
  } catch {
    return `${parent}`;
  }
}
