/**
 * The house: who may import whom, as ARCHITECTURE.md draws it. `npx depcruise src workers` checks it, and
 * test/arch/arrows.test.ts plants a violation of every rule. To add a room, add it to ROOMS and to that test;
 * to add a package, give it a room in VENDORS. TypeScript 7 makes dependency-cruiser 17 check no module and
 * exit 0, so the test also counts the modules.
 */
const USE_CASES = ['intake', 'provisioning', 'operations', 'lifecycle', 'maintenance'];
const ADAPTERS = ['ledger', 'queue', 'aws', 'webhooks'];

/** Each room with what it may import beside itself, and why no more than that. */
const ROOMS = [
  ['domain', [], 'Rules stay true without a clock, a network or a vendor: the domain imports nothing.'],
  ['ports', ['domain'], 'Ports speak the words of the domain only, or they would favour one implementation.'],
  ...USE_CASES.map((room) => [
    room,
    ['domain', 'ports'],
    'A use case tells its story through ports; adapters are handed in, and other use cases tell their own story.',
  ]),
  ...ADAPTERS.map((room) => [
    room,
    ['domain', 'ports'],
    'An adapter translates one vendor. If it knew another adapter or a use case, neither could be replaced alone.',
  ]),
  [
    'runtime',
    ['domain', 'ports'],
    'Configuration, logger and supervisor serve every room, so they may know none of them.',
  ],
  ...['api', 'console'].map((room) => [
    room,
    [...USE_CASES, 'domain', 'ports', 'runtime'],
    'A face calls use cases; past them it would change onboardings without their checks and their audit.',
  ]),
  ['client', ['domain'], 'The client is published and speaks HTTP: it must not carry the service with it.'],
  [
    'cli',
    ['client', 'domain', 'runtime', 'sandbox'],
    'The command line goes through the HTTP API, so that it can do no more than its token allows.',
  ],
  ['sandbox', ['domain'], 'A stand-in that shared code with our adapter would share its mistakes.'],
  ...['codec', 'outbox'].map((room) => [
    room,
    ['domain'],
    'A published entry point: what it imports is carried to every user.',
  ]),
  [
    'compose',
    [...USE_CASES, ...ADAPTERS, 'domain', 'ports', 'runtime', 'api', 'console', 'sandbox'],
    'It knows every part of the service, and none of the programs that talk to it from outside.',
  ],
];

/** Packages with the only rooms that may import them. A package that is not listed may be imported nowhere. */
const VENDORS = [
  ['redis', ['bullmq', 'ioredis'], ['queue'], "BullMQ's many traps are handled in one place."],
  [
    'aws-sdk',
    ['@aws-sdk/[^/]+', '@smithy/[^/]+'],
    ['aws'],
    'AWS spelling and its retry classifier stop there.',
  ],
  ['http-client', ['undici'], ['aws', 'webhooks'], 'Only these call other hosts.'],
  [
    'sql',
    ['kysely', 'pg', '@electric-sql/pglite'],
    ['ledger'],
    'SQL elsewhere would pass by the fenced writes.',
  ],
  [
    'http',
    ['fastify', '@fastify/[^/]+', 'fastify-type-provider-zod', '@bull-board/[^/]+'],
    ['api', 'console'],
    'Rules that live in an HTTP schema would hold for one way in only.',
  ],
  [
    'schemas',
    ['zod'],
    ['api', 'console', 'sandbox'],
    'A schema describes what comes in over HTTP; the rules of the domain hold for every way in.',
  ],
  [
    'request-rate',
    ['rate-limiter-flexible'],
    ['api'],
    'It counts requests; the rate of AWS calls is shared by all workers and lives in queue.',
  ],
  [
    'pages',
    ['marked', 'preact', 'preact-render-to-string'],
    ['console'],
    'What people see is drawn in one room.',
  ],
  ['retry', ['p-retry'], ['provisioning'], 'One place multiplies attempts.'],
  ['logger', ['pino'], ['runtime'], 'All others log through the Log port.'],
  ['metrics', ['prom-client'], ['runtime'], 'All others count through the Metrics port.'],
  [
    'addresses',
    ['ipaddr.js'],
    ['webhooks', 'api'],
    'Addresses are read at the two edges: where a callback may lead, and whom a request is counted for.',
  ],
  ['terminal', ['commander', 'string-width', 'cli-progress'], ['cli'], 'Only the command line draws.'],
  ['csv', ['csv-parse'], ['api', 'cli'], 'A file is read where it comes in; intake gets rows.'],
  ['sheets', ['csv-stringify'], ['cli'], 'Only the command line writes CSV.'],
  [
    'lock',
    ['fs-native-extensions'],
    ['runtime'],
    'The kernel lock on the data folder is native code and guards one folder.',
  ],
];

const inRoom = (room) => `^src/${room}(/|[.]ts$)`;
const inRooms = (rooms) => `^src/(${rooms.join('|')})(/|[.]ts$)`;
const packages = (names) => `(^|/)node_modules/(${names.join('|')})/`;
const NPM = ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'];

const arrows = ROOMS.map(([room, may, comment]) => ({
  name: `arrows-from-${room}`,
  severity: 'error',
  comment: `${comment} Allowed: ${['itself', ...may].join(', ')}.`,
  from: { path: inRoom(room) },
  to: { path: '^src/', pathNot: inRooms([room, ...may]) },
}));

const vendors = VENDORS.map(([vendor, names, rooms, comment]) => ({
  name: `vendor-${vendor}-only-in-${rooms.join('-and-')}`,
  severity: 'error',
  comment,
  // The rooms that may import no package at all have a rule of their own.
  from: { path: '^(src|workers)/', pathNot: [inRooms(rooms), inRooms(['domain', 'ports', 'client'])] },
  to: { path: packages(names) },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...arrows,
    ...vendors,
    {
      name: 'every-file-has-a-room',
      severity: 'error',
      comment: 'A folder that no rule names would be free to import everything.',
      from: { path: '^src/', pathNot: inRooms(ROOMS.map(([room]) => room)) },
      to: {},
    },
    {
      name: 'every-package-has-a-room',
      severity: 'error',
      comment: 'One vendor, one room: a new dependency names its room in VENDORS first.',
      from: { path: '^(src|workers)/', pathNot: inRooms(['domain', 'ports', 'client']) },
      to: { dependencyTypes: NPM, pathNot: packages(VENDORS.flatMap(([, names]) => names)) },
    },
    {
      name: 'domain-and-client-import-no-package-and-no-node-module',
      severity: 'error',
      comment: 'The domain is pure, the ports are types, and the client runs wherever fetch exists.',
      from: { path: inRooms(['domain', 'ports', 'client']) },
      to: { dependencyTypes: [...NPM, 'core'] },
    },
    {
      name: 'use-cases-touch-no-node-module',
      severity: 'error',
      comment: 'Time, randomness and files come in through ports, so that a test can hold them still.',
      from: { path: inRooms(USE_CASES) },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'ports-import-types-only',
      severity: 'error',
      comment: 'Importing a port must have no effects.',
      from: { path: inRoom('ports') },
      to: { path: '^src/domain/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'arrows-from-workers',
      severity: 'error',
      comment:
        'What runs is put together in compose; a worker that reached past it would be wired twice. ' +
        'The front door is the exception: it answers /healthz before anything is composed.',
      from: { path: '^workers/' },
      to: {
        path: '^src/',
        pathNot: [inRooms(['compose', 'domain', 'ports', 'runtime']), '^src/api/http/front-door[.]ts$'],
      },
    },
    {
      name: 'nothing-in-src-imports-workers',
      severity: 'error',
      comment: 'Workers are the outermost ring: mains that nothing imports.',
      from: { path: '^src/' },
      to: { path: '^workers/' },
    },
    {
      name: 'nothing-imports-what-is-not-shipped',
      severity: 'error',
      comment:
        'Tests, benchmarks and scripts are not in the package: an import of them breaks it when installed.',
      from: { path: '^(src|workers)/' },
      to: { path: '^(test|bench|examples|scripts|bin|deploy|docs)/' },
    },
    {
      name: 'no-dev-dependency-at-run-time',
      severity: 'error',
      comment: 'A package under devDependencies is absent from an installation.',
      from: { path: '^(src|workers)/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm', 'type-only'] },
    },
    {
      name: 'no-undeclared-package',
      severity: 'error',
      comment: 'A package that only comes along with another one can leave with it.',
      from: { path: '^(src|workers)/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'Files in a cycle can only be understood, moved and tested together. Type imports count.',
      from: { path: '^(src|workers)/' },
      to: { circular: true },
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      comment: 'An import that leads nowhere is one that no other rule has checked.',
      from: { path: '^(src|workers)/' },
      to: { couldNotResolve: true },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      comment: 'A file without imports and importers does nothing; what browsers load, no module imports.',
      from: { orphan: true, path: '^(src|workers)/', pathNot: ['[.]d[.]ts$', '^src/console/assets/'] },
      to: {},
    },
  ],
  options: {
    // Type imports are dependencies too: a type ties two rooms together as firmly as a call.
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
