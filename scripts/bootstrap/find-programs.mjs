/** Where the programs are that are not npm packages. Looks only; each answers a path or undefined. */
import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';

/** Systems that keep PostgreSQL's server programs off the PATH: Debian, Fedora, Alpine, Homebrew. */
const POSTGRES_FOLDERS = [
  '/usr/lib/postgresql/*/bin',
  '/usr/pgsql-*/bin',
  '/usr/libexec/postgresql*',
  '/opt/homebrew/opt/postgresql*/bin',
  '/usr/local/opt/postgresql*/bin',
];

const CHROMIUM_NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Browsers that are not on the PATH: what playwright-core installed for itself, and the Mac's applications. */
const CHROMIUM_FOLDERS = [
  `${homedir()}/.cache/ms-playwright/chromium-*/chrome-linux*`,
  '/Applications/Chromium.app/Contents/MacOS',
  '/Applications/Google Chrome.app/Contents/MacOS',
];

export function findOnPath(name, env) {
  return firstProgram((env.PATH ?? '').split(':'), [name]);
}

export function findRedisServer(env) {
  return findOnPath('redis-server', env);
}

export function findPgbouncer(env) {
  return findServer('pgbouncer', env);
}

export function findNginx(env) {
  return findServer('nginx', env);
}

export function findPython(env) {
  return findOnPath('python3', env);
}

export function findCurl(env) {
  return findOnPath('curl', env);
}

export function findPrometheus(env) {
  return findOnPath('promtool', env) && findOnPath('prometheus', env);
}

/** The folder that holds both `initdb` and `postgres`; of several versions the newest. */
export function findPostgresFolder(env) {
  const folders = [...(env.PATH ?? '').split(':'), ...POSTGRES_FOLDERS.flatMap(expand)];
  return folders.find((folder) => isProgram(`${folder}/initdb`) && isProgram(`${folder}/postgres`));
}

export function findChromium(env) {
  const folders = [...(env.PATH ?? '').split(':'), ...CHROMIUM_FOLDERS.flatMap(expand)];
  return firstProgram(folders, [...CHROMIUM_NAMES, 'chrome', 'Chromium', 'Google Chrome']);
}

/** Debian has servers in a folder for root. */
function findServer(name, env) {
  return firstProgram([...(env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'], [name]);
}

function firstProgram(folders, names) {
  return folders.flatMap((folder) => names.map((name) => `${folder}/${name}`)).find(isProgram);
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return path.startsWith('/') && statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Folders that match a pattern whose only wildcard is `*`, within one segment; highest version first. */
function expand(pattern) {
  return pattern
    .split('/')
    .slice(1)
    .reduce((parents, segment) => parents.flatMap((parent) => children(parent, segment)), ['']);
}

function children(parent, segment) {
  if (!segment.includes('*')) return [`${parent}/${segment}`];
  const [start, end] = segment.split('*');
  return list(parent)
    .filter((name) => name.startsWith(start) && name.endsWith(end))
    .sort((one, other) => other.localeCompare(one, 'en', { numeric: true }))
    .map((name) => `${parent}/${name}`);
}

function list(folder) {
  try {
    return readdirSync(`${folder}/`);
  } catch {
    return [];
  }
}
