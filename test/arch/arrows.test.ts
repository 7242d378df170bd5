import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ICruiseResult } from 'dependency-cruiser';
import { beforeAll, describe, expect, test } from 'vitest';
import { cruiseHouse, PROJECT, ruleNames, withHouse } from './cruise-house.ts';

/**
 * Two houses: the real one, which must be clean, and a planted one, a folder with one small file for every
 * arrow that could be drawn and for every other violation, checked by the same configuration. The table below
 * repeats ARCHITECTURE.md on purpose: a slip in the configuration must not be copied into its test.
 */
const USE_CASES = ['intake', 'provisioning', 'operations', 'lifecycle', 'maintenance'];
const ADAPTERS = ['ledger', 'queue', 'aws', 'webhooks'];
const FACE = [...USE_CASES, 'domain', 'ports', 'runtime'];
const MAY_IMPORT: Record<string, readonly string[]> = {
  domain: [],
  ports: ['domain'],
  intake: ['domain', 'ports'],
  provisioning: ['domain', 'ports'],
  operations: ['domain', 'ports'],
  lifecycle: ['domain', 'ports'],
  maintenance: ['domain', 'ports'],
  ledger: ['domain', 'ports'],
  queue: ['domain', 'ports'],
  aws: ['domain', 'ports'],
  webhooks: ['domain', 'ports'],
  runtime: ['domain', 'ports'],
  api: FACE,
  console: FACE,
  client: ['domain'],
  cli: ['client', 'domain', 'runtime', 'sandbox'],
  sandbox: ['domain'],
  codec: ['domain'],
  outbox: ['domain'],
  compose: [...USE_CASES, ...ADAPTERS, 'domain', 'ports', 'runtime', 'api', 'console', 'sandbox'],
  workers: ['compose', 'domain', 'ports', 'runtime'],
};
const ROOMS = Object.keys(MAY_IMPORT);

/** Every package with the rooms that may import it. */
const PACKAGE_ROOMS: Record<string, readonly string[]> = {
  bullmq: ['queue'],
  ioredis: ['queue'],
  '@aws-sdk/client-eventbridge': ['aws'],
  '@aws-sdk/client-sts': ['aws'],
  '@aws-sdk/credential-provider-node': ['aws'],
  '@smithy/signature-v4': ['aws'],
  undici: ['aws', 'webhooks'],
  kysely: ['ledger'],
  pg: ['ledger'],
  '@electric-sql/pglite': ['ledger'],
  fastify: ['api', 'console'],
  '@fastify/swagger': ['api', 'console'],
  '@fastify/swagger-ui': ['api', 'console'],
  'fastify-type-provider-zod': ['api', 'console'],
  zod: ['api', 'console', 'sandbox'],
  '@bull-board/api': ['api', 'console'],
  '@bull-board/fastify': ['api', 'console'],
  'ipaddr.js': ['webhooks', 'api'],
  'rate-limiter-flexible': ['api'],
  marked: ['console'],
  preact: ['console'],
  'preact-render-to-string': ['console'],
  'p-retry': ['provisioning'],
  pino: ['runtime'],
  'prom-client': ['runtime'],
  commander: ['cli'],
  'string-width': ['cli'],
  'cli-progress': ['cli'],
  'csv-parse': ['api', 'cli'],
  'csv-stringify': ['cli'],
  'fs-native-extensions': ['runtime'],
};
const VENDOR_RULE: Record<string, string> = {
  bullmq: 'vendor-redis-only-in-queue',
  ioredis: 'vendor-redis-only-in-queue',
  '@aws-sdk/client-eventbridge': 'vendor-aws-sdk-only-in-aws',
  '@aws-sdk/client-sts': 'vendor-aws-sdk-only-in-aws',
  '@aws-sdk/credential-provider-node': 'vendor-aws-sdk-only-in-aws',
  '@smithy/signature-v4': 'vendor-aws-sdk-only-in-aws',
  undici: 'vendor-http-client-only-in-aws-and-webhooks',
  kysely: 'vendor-sql-only-in-ledger',
  pg: 'vendor-sql-only-in-ledger',
  '@electric-sql/pglite': 'vendor-sql-only-in-ledger',
  fastify: 'vendor-http-only-in-api-and-console',
  '@fastify/swagger': 'vendor-http-only-in-api-and-console',
  '@fastify/swagger-ui': 'vendor-http-only-in-api-and-console',
  'fastify-type-provider-zod': 'vendor-http-only-in-api-and-console',
  zod: 'vendor-schemas-only-in-api-and-console-and-sandbox',
  '@bull-board/api': 'vendor-http-only-in-api-and-console',
  '@bull-board/fastify': 'vendor-http-only-in-api-and-console',
  'ipaddr.js': 'vendor-addresses-only-in-webhooks-and-api',
  'rate-limiter-flexible': 'vendor-request-rate-only-in-api',
  marked: 'vendor-pages-only-in-console',
  preact: 'vendor-pages-only-in-console',
  'preact-render-to-string': 'vendor-pages-only-in-console',
  'p-retry': 'vendor-retry-only-in-provisioning',
  pino: 'vendor-logger-only-in-runtime',
  'prom-client': 'vendor-metrics-only-in-runtime',
  commander: 'vendor-terminal-only-in-cli',
  'string-width': 'vendor-terminal-only-in-cli',
  'cli-progress': 'vendor-terminal-only-in-cli',
  'csv-parse': 'vendor-csv-only-in-api-and-cli',
  'csv-stringify': 'vendor-sheets-only-in-cli',
  'fs-native-extensions': 'vendor-lock-only-in-runtime',
};
const NOT_SHIPPED = ['test', 'bench', 'examples', 'scripts', 'bin', 'deploy', 'docs'];
const PURE = ['domain', 'ports', 'client'];
const PURE_RULE = 'domain-and-client-import-no-package-and-no-node-module';

/** Rooms that are one file: to plant an import in them is to write that file, so each has a house of its own. */
const ONE_FILE = ['ports', 'codec', 'outbox', 'compose'];
const fileIn = (room: string, file: string): string => {
  if (ONE_FILE.includes(room)) return `src/${room}.ts`;
  return room === 'workers' ? `workers/${file}.ts` : `src/${room}/${file}.ts`;
};
const upTo = (from: string, to: string): string => `${'../'.repeat(from.split('/').length - 1)}${to}`;
const importOf = (from: string, to: string): string => `import type { Thing } from '${upTo(from, to)}';`;

interface Plant {
  readonly path: string;
  readonly text: string;
  /** The only rule that this file violates; none for what the house allows. */
  readonly rule?: string;
}

const severalFiles = ROOMS.filter((room) => !ONE_FILE.includes(room));

const arrowPlant = (from: string, to: string): Plant => {
  const path = fileIn(from, `to-${to}`);
  const allowed = from === to || MAY_IMPORT[from]!.includes(to);
  const rule = to === 'workers' ? 'nothing-in-src-imports-workers' : `arrows-from-${from}`;
  return { path, text: importOf(path, fileIn(to, 'thing')), ...(allowed ? {} : { rule }) };
};
const packagePlant = (room: string, name: string): Plant => {
  const path = fileIn(room, `package-${name.replaceAll(/\W/g, '-')}`);
  const text = `export type {} from '${name}';`;
  if (PACKAGE_ROOMS[name]!.includes(room)) return { path, text };
  return { path, text, rule: PURE.includes(room) ? PURE_RULE : VENDOR_RULE[name]! };
};

const others: Plant[] = [
  { path: 'src/domain/core.ts', text: "import 'node:fs';", rule: PURE_RULE },
  { path: 'src/client/core.ts', text: "import type {} from 'http';", rule: PURE_RULE },
  { path: 'src/domain/later.ts', text: "export const load = () => import('pino');", rule: PURE_RULE },
  ...USE_CASES.map((room) => ({
    path: `src/${room}/core.ts`,
    text: "import { randomBytes } from 'node:crypto';",
    rule: 'use-cases-touch-no-node-module',
  })),
  { path: 'src/queue/core.ts', text: "import 'node:net';" },
  {
    path: 'src/services/a.ts',
    text: importOf('src/services/a.ts', 'src/domain/thing.ts'),
    rule: 'every-file-has-a-room',
  },
  {
    path: 'src/stray.ts',
    text: importOf('src/stray.ts', 'src/domain/thing.ts'),
    rule: 'every-file-has-a-room',
  },
  { path: 'src/queue/undeclared.ts', text: "import 'tsx';", rule: 'every-package-has-a-room' },
  { path: 'src/queue/nowhere.ts', text: "import '../domain/gone.ts';", rule: 'no-unresolvable' },
  { path: 'src/queue/uninstalled.ts', text: "import 'no-such-package-here';", rule: 'no-unresolvable' },
  { path: 'src/queue/alone.ts', text: 'export const alone = 1;', rule: 'no-orphans' },
  { path: 'workers/door.ts', text: "import type {} from '../src/api/http/front-door.ts';" },
  ...NOT_SHIPPED.flatMap((folder) => [
    {
      path: `src/queue/to-${folder}.ts`,
      text: importOf('src/queue/x.ts', `${folder}/thing.ts`),
      rule: 'nothing-imports-what-is-not-shipped',
    },
    {
      path: `workers/to-${folder}.ts`,
      text: importOf('workers/x.ts', `${folder}/thing.ts`),
      rule: 'nothing-imports-what-is-not-shipped',
    },
  ]),
  // A cycle of type imports alone, and one through three files; each is told once, at its first file.
  { path: 'src/ledger/egg.ts', text: "import type { Hen } from './hen.ts';", rule: 'no-cycles' },
  { path: 'src/ledger/hen.ts', text: "import type { Egg } from './egg.ts';" },
  { path: 'src/aws/a.ts', text: "import './b.ts';", rule: 'no-cycles' },
  { path: 'src/aws/b.ts', text: "import './c.ts';" },
  { path: 'src/aws/c.ts', text: "import './a.ts';" },
];

/** What the plants import; these import nothing themselves. */
const THINGS = [
  ...ROOMS.map((room) => fileIn(room, 'thing')),
  ...NOT_SHIPPED.map((folder) => `${folder}/thing.ts`),
  'src/api/http/front-door.ts',
];

const plants: Plant[] = [
  ...severalFiles.flatMap((from) => ROOMS.map((to) => arrowPlant(from, to))),
  ...severalFiles.flatMap((room) => Object.keys(PACKAGE_ROOMS).map((name) => packagePlant(room, name))),
  ...others,
];

const FROM_OTHERS: Plant[] = [
  { path: 'src/runtime/dev.ts', text: "import 'pino';", rule: 'no-dev-dependency-at-run-time' },
  { path: 'src/queue/undeclared.ts', text: "import 'ioredis';", rule: 'no-undeclared-package' },
];
const runTimeImport: Plant = {
  path: 'src/ports.ts',
  text: "import { thing } from './domain/thing.ts';",
  rule: 'ports-import-types-only',
};

/** A house of plants, with a package.json that declares these packages. */
async function cruisePlanted(
  planted: readonly Plant[],
  manifest: object = { dependencies: versions([...Object.keys(PACKAGE_ROOMS), 'tsx']) },
): Promise<ICruiseResult> {
  const files = new Map(THINGS.map((path) => [path, 'export interface Thing {}\nexport const thing = 1;\n']));
  files.set('package.json', JSON.stringify({ name: 'planted', type: 'module', ...manifest }));
  for (const { path, text } of planted) files.set(path, text);
  return withHouse(files, cruiseHouse);
}
const versions = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, '*']));

/** The rules that a file violates, each once. */
const rulesAgainst = ({ summary }: ICruiseResult, path: string): string[] => [
  ...new Set(summary.violations.filter(({ from }) => from === path).map(({ rule }) => rule.name)),
];

describe('the real house', () => {
  let result: ICruiseResult;
  beforeAll(async () => {
    result = await cruiseHouse(PROJECT);
  });

  test('has no arrow that the architecture does not draw', () => {
    expect(result.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`)).toEqual(
      [],
    );
  });

  test('was looked at file by file: no check passes because nothing was read', () => {
    const files = ['src', 'workers'].flatMap((folder) =>
      readdirSync(join(PROJECT, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts'))
        .map((file) => `${folder}/${file}`),
    );
    const seen = new Set(result.modules.map(({ source }) => source));
    expect(files.filter((file) => !seen.has(file))).toEqual([]);
    expect(files.length).toBeGreaterThan(50);
    expect(result.summary.totalDependenciesCruised).toBeGreaterThan(files.length);
  });

  test('has a rule for every room and every package that it has', () => {
    const { dependencies } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    expect(Object.keys(PACKAGE_ROOMS).sort()).toEqual(Object.keys(dependencies).sort());
  });
});

describe('the planted house', () => {
  let result: ICruiseResult;
  beforeAll(async () => {
    result = await cruisePlanted(plants);
  });

  test.each(ROOMS.filter((room) => !ONE_FILE.includes(room)))(
    'every arrow and every package from %s is caught by its rule or allowed, as the architecture says',
    (room) => {
      const folder = fileIn(room, '').replace('.ts', '');
      const own = plants.filter(({ path }) => path.startsWith(folder));
      const found = own.map(({ path }) => [path, rulesAgainst(result, path)]);
      expect(found).toEqual(own.map(({ path, rule }) => [path, rule === undefined ? [] : [rule]]));
    },
  );

  test.each(others.filter(({ rule }) => rule !== undefined))('$rule catches $path', ({ path, rule }) => {
    expect(rulesAgainst(result, path)).toEqual([rule]);
  });

  test.each(ONE_FILE)('every arrow and every package from src/%s.ts likewise', async (room) => {
    const own = [
      ...ROOMS.filter((to) => to !== room).map((to) => ({
        to: fileIn(to, 'thing'),
        ...arrowPlant(room, to),
      })),
      ...Object.keys(PACKAGE_ROOMS).map((name) => ({ to: name, ...packagePlant(room, name) })),
    ];
    const file = { path: `src/${room}.ts`, text: own.map(({ text }) => text).join('\n') };
    const { summary } = await cruisePlanted([file]);
    const found = summary.violations
      .filter(({ from }) => from === file.path)
      .map(({ rule, to }) => `${rule.name}: ${packageOf(to) ?? to}`);
    const expected = own.flatMap(({ rule, to }) => (rule === undefined ? [] : [`${rule}: ${to}`]));
    expect(found.sort()).toEqual(expected.sort());
  });

  test('a value imported by the ports is caught, a type is not', async () => {
    const planted = await cruisePlanted([runTimeImport]);
    expect(rulesAgainst(planted, runTimeImport.path)).toEqual([runTimeImport.rule]);
  });

  test('a package is caught that only developers or other packages have', async () => {
    const planted = await cruisePlanted(FROM_OTHERS, { devDependencies: { pino: '*' } });
    for (const { path, rule } of FROM_OTHERS) expect(rulesAgainst(planted, path)).toEqual([rule]);
  });

  test('every rule has a planted violation', () => {
    const oneFileRules = ONE_FILE.map((room) => `arrows-from-${room}`);
    const planted = [...plants, ...FROM_OTHERS, runTimeImport].flatMap(({ rule }) => rule ?? []);
    expect([...new Set([...planted, ...oneFileRules])].sort()).toEqual(ruleNames().sort());
  });
});

function packageOf(path: string): string | undefined {
  return Object.keys(PACKAGE_ROOMS).find((name) => path.includes(`node_modules/${name}/`));
}
