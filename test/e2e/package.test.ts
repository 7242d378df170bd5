import { checkPackage, Package } from '@arethetypeswrong/core';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/temp-folder.ts';

const run = promisify(execFile);
const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const NAME = 'eventbridge-partner-onboarding';

interface Manifest {
  readonly version: string;
  readonly exports: Readonly<Record<string, unknown>>;
}

let manifest: Manifest;
/** The paths in the tarball, sorted. */
let packed: readonly string[];
beforeAll(async () => {
  manifest = JSON.parse(await readFile(join(PROJECT, 'package.json'), 'utf8')) as Manifest;
  // What it would build first is there already, as for every test of this tier.
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: PROJECT });
  // npm 11 answers by package name, the others with a list.
  const [tarball] = Object.values(JSON.parse(stdout) as Record<string, { files: { path: string }[] }>);
  packed = (tarball?.files ?? []).map(({ path }) => path).sort();
}, 60_000);

const read = (path: string): Promise<Buffer> => readFile(join(PROJECT, path));

/** The entry points by their names in an import. */
const entries = (): string[] =>
  Object.keys(manifest.exports)
    .filter((entry) => entry !== './package.json')
    .map((entry) => `${NAME}${entry.slice(1)}`);

describe('the package', () => {
  test('holds what was compiled, the console’s assets, the runbooks, the command, the licence and the page, and nothing else', () => {
    const sources = ['src', 'workers'].flatMap((folder) =>
      readdirSync(join(PROJECT, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.d.ts'))
        .map((file) => `dist/${folder}/${file.replace(/\.tsx?$/, '')}`),
    );
    const compiled = sources.flatMap((file) => [`${file}.js`, `${file}.js.map`, `${file}.d.ts`]);
    const assets = readdirSync(join(PROJECT, 'src/console/assets')).map(
      (file) => `dist/src/console/assets/${file}`,
    );
    expect(assets.length).toBeGreaterThan(2);
    const runbooks = readdirSync(join(PROJECT, 'docs/runbooks')).map((file) => `docs/runbooks/${file}`);
    expect(packed).toEqual(
      [
        ...compiled,
        ...assets,
        ...runbooks,
        'bin/healthcheck.mjs',
        'bin/onboard.mjs',
        'LICENSE',
        'README.md',
        'package.json',
      ].sort(),
    );
  });

  test('has maps that bring their sources along, since src is not in it', async () => {
    const maps = packed.filter((path) => path.endsWith('.map'));
    expect(maps.length).toBeGreaterThan(100);
    for (const path of maps) {
      const map = JSON.parse(String(await read(path))) as { sources: string[]; sourcesContent?: string[] };
      expect(map.sourcesContent?.length, path).toBe(map.sources.length);
    }
  });

  test('is as publint wants it', async () => {
    const files = await Promise.all(packed.map(async (name) => ({ name, data: await read(name) })));
    const { messages } = await publint({
      pkgDir: '/package',
      pack: { files: files.map(inMemory) },
      strict: true,
    });
    expect(messages).toEqual([]);
  });

  test('has types that are right for every resolution that is supported', async () => {
    const needed = packed.filter(
      (path) => path === 'package.json' || /^dist\/src\/.*\.(d\.ts|js)$/.test(path),
    );
    const files = Object.fromEntries(
      await Promise.all(
        needed.map(async (path) => [`/node_modules/${NAME}/${path}`, String(await read(path))] as const),
      ),
    );
    const result = await checkPackage(new Package(files, NAME, manifest.version));
    const problems = result.types === false ? ['no types'] : result.problems;
    expect(problems.filter((problem) => !isOfOldNode(problem))).toEqual([]);
    expect(Object.keys(result.types === false ? {} : result.entrypoints).length).toBeGreaterThan(1);
  });
});

const inMemory = ({ name, data }: { name: string; data: Buffer }) => ({
  name: `/package/${name}`,
  data: new Uint8Array(data),
});

/**
 * `node10` knows no `exports`, and Node 20.19, the oldest that is supported, can `require` an ECMAScript module, so that
 * a CommonJS program is served too.
 */
const isOfOldNode = (problem: unknown): boolean => {
  const { kind, resolutionKind } = problem as { kind?: string; resolutionKind?: string };
  return resolutionKind === 'node10' || kind === 'CJSResolvesToESM';
};

/** A project of somebody else's with the package installed, and nothing of this checkout in reach but its compiler. */
async function consumer(): Promise<string> {
  const folder = await temporaryFolder();
  const home = join(folder, 'node_modules', NAME);
  for (const parent of new Set(packed.map((path) => dirname(path))))
    await mkdir(join(home, parent), { recursive: true });
  await Promise.all(packed.map((path) => cp(join(PROJECT, path), join(home, path))));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  return folder;
}

describe('a project that installs it', () => {
  test('imports every entry point, without any other package', async () => {
    const folder = await consumer();
    const program = entries()
      .map((entry) => `console.log(Object.keys(await import('${entry}')).length > 0);`)
      .join('\n');
    await writeFile(join(folder, 'import.js'), program);
    const { stdout } = await run(process.execPath, [join(folder, 'import.js')]);
    expect(stdout.trim().split('\n')).toEqual(entries().map(() => 'true'));
  });

  test.each([
    ['nodenext', 'nodenext'],
    ['bundler', 'esnext'],
  ])(
    'type-checks every entry point under %s, its declarations included',
    async (moduleResolution, module) => {
      const folder = await consumer();
      await writeFile(join(folder, 'uses.ts'), usesOfAll(entries()));
      const compilerOptions = {
        moduleResolution,
        module,
        target: 'es2022',
        lib: ['es2022', 'dom', 'dom.asynciterable'],
        strict: true,
        exactOptionalPropertyTypes: true,
        noEmit: true,
        // The declarations of the package are what is tested.
        skipLibCheck: false,
        skipDefaultLibCheck: true,
        types: [],
      };
      await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['uses.ts'] }));
      const compiler = join(PROJECT, 'node_modules/typescript/bin/tsc');
      const { stdout } = await run(process.execPath, [compiler, '-p', folder]).catch((error: unknown) => ({
        stdout: String((error as { stdout?: unknown }).stdout),
      }));
      expect(stdout).toBe('');
    },
  );
});

const usesOfAll = (names: readonly string[]): string => `
${names.map((name, index) => `import * as entry${index} from '${name}';\nexport type Entry${index} = typeof entry${index};`).join('\n')}
import { OnboardingClient, type Answer, type Onboarding } from '${NAME}/client';
const client = new OnboardingClient({ url: 'https://onboard.example.com' });
const answer: Answer<Onboarding> = await client.enqueue({
  account: '000000000101', region: 'eu-west-1', eventNamespace: 'tenant-42', eventName: 'orders',
});
const status: 'accepted' | 'queued' | 'retrying' | 'provisioned' | 'failed' | 'cancelled' | undefined =
  answer.ok ? answer.value.status : undefined;
// @ts-expect-error: an answer has to be looked at first.
answer.value;
// @ts-expect-error: an account is text.
void client.enqueue({ account: 101, region: 'eu-west-1', sourceName: 'x' });
for await (const event of client.events()) if (event.kind === 'onboarding') console.log(event.onboarding.id, status);
`;
