/**
 * Installs programs that npm does not carry, through whichever package manager the system has. Never as
 * another user without permission: root as it is, others through sudo only where that asks no password.
 */
import { readFileSync } from 'node:fs';
import { projectPath } from '../project.mjs';
import { CannotContinue, runQuietly, say } from './announce.mjs';
import {
  findChromium,
  findCurl,
  findNginx,
  findOnPath,
  findPgbouncer,
  findPostgresFolder,
  findPrometheus,
  findPython,
  findRedisServer,
} from './find-programs.mjs';

export const REDIS = {
  title: 'redis-server',
  find: findRedisServer,
  packages: { 'apt-get': ['redis-server'], dnf: ['redis'], apk: ['redis'], brew: ['redis'] },
};

export const POSTGRES = {
  title: "PostgreSQL's server",
  find: findPostgresFolder,
  packages: {
    'apt-get': ['postgresql'],
    dnf: ['postgresql-server'],
    apk: ['postgresql'],
    brew: ['postgresql@17'],
  },
};

export const PGBOUNCER = {
  title: 'pgbouncer',
  find: findPgbouncer,
  packages: { 'apt-get': ['pgbouncer'], dnf: ['pgbouncer'], apk: ['pgbouncer'], brew: ['pgbouncer'] },
};

export const NGINX = {
  title: 'nginx',
  find: findNginx,
  packages: { 'apt-get': ['nginx-light'], dnf: ['nginx-core'], apk: ['nginx'], brew: ['nginx'] },
};

export const CHROMIUM = {
  title: 'Chromium',
  find: findChromium,
  packages: {
    'apt-get': [isUbuntu() ? 'chromium-browser' : 'chromium'],
    dnf: ['chromium'],
    apk: ['chromium'],
    brew: ['chromium'],
  },
};

/** For examples and documented commands that use them. */
export const PYTHON = {
  title: 'python3',
  find: findPython,
  packages: { 'apt-get': ['python3'], dnf: ['python3'], apk: ['python3'], brew: ['python3'] },
};

export const CURL = {
  title: 'curl',
  find: findCurl,
  packages: { 'apt-get': ['curl'], dnf: ['curl'], apk: ['curl'], brew: ['curl'] },
};

/** It runs the shipped alert rules in a test. */
export const PROMETHEUS = {
  title: 'prometheus',
  find: findPrometheus,
  packages: {
    'apt-get': ['prometheus'],
    dnf: ['golang-github-prometheus'],
    apk: ['prometheus'],
    brew: ['prometheus'],
  },
};

/** Ubuntu's Chromium is a snap, and its package has the old name. */
function isUbuntu() {
  try {
    return /^ID=ubuntu$/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}

/** In order of preference: what to type (`shown`), and what is run; brew refuses to be run as root. */
const MANAGERS = {
  'apt-get': {
    asRoot: true,
    shown: (packages) => `apt-get update && apt-get install -y --no-install-recommends ${packages}`,
    argv: (packages) => ['sh', projectPath('scripts/bootstrap/apt-install.sh'), ...packages],
  },
  dnf: {
    asRoot: true,
    shown: (packages) => `dnf install -y ${packages}`,
    argv: (packages) => ['dnf', 'install', '-y', ...packages],
  },
  apk: {
    asRoot: true,
    shown: (packages) => `apk add ${packages}`,
    argv: (packages) => ['apk', 'add', '--update-cache', ...packages],
  },
  brew: {
    asRoot: false,
    shown: (packages) => `brew install ${packages}`,
    argv: (packages) => ['brew', 'install', ...packages],
  },
};

/** Installs those of `programs` that are absent, in one go. */
export async function ensureSystemPackages(programs, { install, env }) {
  const missing = programs.filter((program) => program.find(env) === undefined);
  if (missing.length === 0) return;
  const titles = missing.map((program) => program.title).join(', ');
  const manager = Object.keys(MANAGERS).find((name) => findOnPath(name, env) !== undefined);
  if (manager === undefined) {
    throw new CannotContinue(`Missing: ${titles}. No apt-get, dnf, apk or brew here: install them manually.`);
  }
  const packages = missing.flatMap((program) => program.packages[manager]);
  const root = !MANAGERS[manager].asRoot || process.getuid() === 0;
  const command = MANAGERS[manager].shown(packages.join(' '));
  const typed = root ? command : `sudo sh -c '${command}'`;
  if (!install) throw new CannotContinue(`Missing: ${titles}. Run: ${typed}`);
  if (!root && !(await sudoAsksNothing())) {
    throw new CannotContinue(`Missing: ${titles}. Installing requires root. Run: ${typed}`);
  }
  say(`Installing ${titles}: ${typed}`);
  await run([...(root ? [] : ['sudo', '-n']), ...MANAGERS[manager].argv(packages)], typed);
  requireAll(missing, { env, typed });
}

async function sudoAsksNothing() {
  return (await runQuietly('sudo', ['-n', 'true'])).code === 0;
}

async function run([program, ...args], typed) {
  const { code, output } = await runQuietly(program, args);
  if (code !== 0) throw new CannotContinue(`${output.trimEnd()}\nFailed (exit code ${code}): ${typed}`);
}

function requireAll(programs, { env, typed }) {
  const absent = programs.filter((program) => program.find(env) === undefined);
  if (absent.length === 0) return;
  const titles = absent.map((program) => program.title).join(', ');
  throw new CannotContinue(`${typed} succeeded, but ${titles} is still missing.`);
}
