/**
 * Compiles src/ and workers/ into dist/ when they differ from what dist/ was made of. The stamp in dist/ holds
 * one hash per input file: by content, so that neither a touched file nor a fresh clone fools it.
 */
import { createHash } from 'node:crypto';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { projectPath } from '../project.mjs';
import { CannotContinue, runQuietly, say } from './announce.mjs';

const FOLDERS = ['src', 'workers'];
/** What runs as it is: the compiler leaves it out. */
const COPIED = ['src/console/assets'];
const FILES = ['tsconfig.json', 'tsconfig.build.json', 'package.json', 'package-lock.json'];

export async function ensureBuilt() {
  const root = projectPath('.');
  const stampPath = `${root}/dist/.stamp.json`;
  const inputs = await hashInputs(root);
  const built = await readStamp(stampPath);
  if (JSON.stringify(inputs) === JSON.stringify(built)) return;
  say('Compiling src/ and workers/ into dist/');
  // The compiler never removes what a deleted source left behind.
  const vanished = Object.keys(built).some((path) => !Object.hasOwn(inputs, path));
  await rm(vanished ? `${root}/dist` : stampPath, { recursive: true, force: true });
  const compiler = `${root}/node_modules/typescript/bin/tsc`;
  const { code, output } = await runQuietly(process.execPath, [compiler, '-p', 'tsconfig.build.json'], {
    cwd: root,
  });
  if (code !== 0) throw new CannotContinue(`${output.trimEnd()}\nThe compiler found errors.`);
  for (const folder of COPIED) {
    await rm(`${root}/dist/${folder}`, { recursive: true, force: true });
    await cp(`${root}/${folder}`, `${root}/dist/${folder}`, { recursive: true });
  }
  await writeFile(stampPath, JSON.stringify(inputs));
}

async function readStamp(path) {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return {};
  }
}

/** Returns `{ path: hash }`, in order of path. */
async function hashInputs(root) {
  const found = await Promise.all(FOLDERS.map((folder) => listFiles(root, folder)));
  const paths = [...FILES, ...found.flat()].sort();
  const hashes = await Promise.all(
    paths.map(async (path) => {
      const content = await readFile(`${root}/${path}`);
      return createHash('sha256').update(content).digest('base64url').slice(0, 16);
    }),
  );
  return Object.fromEntries(paths.map((path, index) => [path, hashes[index]]));
}

async function listFiles(root, folder) {
  const entries = await readdir(`${root}/${folder}`, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(root.length).replace(/^\/+/, ''));
}
