/**
 * Installs the npm packages when what is in node_modules is not what package-lock.json says. npm leaves its own
 * account of an installation in node_modules/.package-lock.json, as the last thing it does; comparing the two
 * also notices an interrupted installation and one made without the development packages.
 */
import { readFile } from 'node:fs/promises';
import { projectPath } from '../project.mjs';
import { CannotContinue, runQuietly, say } from './announce.mjs';

// --include=dev: the compiler is a development package, and NODE_ENV=production would leave it out.
const INSTALL = ['ci', '--include=dev', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];

export async function ensureNpmPackages({ install, root = projectPath('.') }) {
  const reason = await whyInstall(root);
  if (reason === undefined) return;
  const command = 'npm ci --include=dev';
  if (!install) throw new CannotContinue(`${reason} Run: ${command}`);
  say(`${reason} Installing them: ${command}`);
  const { code, output } = await runQuietly('npm', INSTALL, { cwd: root });
  if (code !== 0) throw new CannotContinue(`${output.trimEnd()}\n${command} failed (exit code ${code}).`);
}

/** Returns why the packages have to be installed, or undefined when they are as the lock file says. */
async function whyInstall(root) {
  const wanted = await readPackages(`${root}/package-lock.json`);
  if (wanted === undefined) throw new CannotContinue('package-lock.json is missing or unreadable.');
  const installed = await readPackages(`${root}/node_modules/.package-lock.json`);
  if (installed === undefined) return 'The npm packages are not installed.';
  return samePackages(wanted, installed) ? undefined : 'The npm packages differ from package-lock.json.';
}

async function readPackages(path) {
  try {
    const { packages } = JSON.parse(await readFile(path, 'utf8'));
    return packages;
  } catch {
    return undefined;
  }
}

/** Optional packages are those of other platforms: here or not, both are right. The entry '' is the project. */
function samePackages(wanted, installed) {
  const isThere = ([path, entry]) =>
    path === '' || entry.optional || entry.devOptional || installed[path]?.version === entry.version;
  return (
    Object.entries(wanted).every(isThere) &&
    Object.keys(installed).every((path) => wanted[path] !== undefined)
  );
}
