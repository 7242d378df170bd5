import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import extractOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';

export const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const CONFIG = join(PROJECT, '.dependency-cruiser.cjs');

/** The names of all rules in the project's own configuration. */
export function ruleNames(): string[] {
  const { forbidden } = createRequire(import.meta.url)(CONFIG) as { forbidden: { name: string }[] };
  return forbidden.map(({ name }) => name);
}

/** Checks `src` and `workers` under a folder with the project's own configuration. */
export async function cruiseHouse(baseDir: string): Promise<ICruiseResult> {
  const options = await extractOptions(CONFIG);
  const { output } = await cruise(['src', 'workers'], { ...options, baseDir, outputType: 'json' });
  return JSON.parse(output as string) as ICruiseResult;
}

/** Files by path, in a folder of their own that sees the project's packages. Runs `use`, then removes the folder. */
export async function withHouse<T>(
  files: ReadonlyMap<string, string>,
  use: (baseDir: string) => Promise<T>,
): Promise<T> {
  const baseDir = await mkdtemp(join(tmpdir(), 'onboard-house-'));
  try {
    await symlink(join(PROJECT, 'node_modules'), join(baseDir, 'node_modules'));
    for (const [path, text] of files) {
      await mkdir(dirname(join(baseDir, path)), { recursive: true });
      await writeFile(join(baseDir, path), text);
    }
    return await use(baseDir);
  } finally {
    await rm(baseDir, { recursive: true, force: true });
  }
}
