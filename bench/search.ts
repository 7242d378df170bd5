/**
 * What the list of onboardings, its search, the counts and the failures cost over a large ledger on PostgreSQL: fills one
 * by SQL, asks each kind of question many times through the ledger's port, and prints the best time, p50 and p95 in milliseconds.
 *
 *   npx tsx bench/search.ts [rows, default 1000000] [filled: DATABASE_URL has them from an earlier run]
 *
 * Needs what `npm test` installs (PostgreSQL's server), or a DATABASE_URL of an empty database. docs/performance.md has the
 * figures. Ends with exit code 1 when a p95 is over 100 ms.
 */
import { FIGURE_WINDOWS, spanOf } from '../src/domain/figures.ts';
import type { OnboardingFilter } from '../src/domain/listing.ts';
import type { OpenLedger } from '../src/ledger/ledger.ts';
import { givenWhole } from '../test/support/given-number.ts';
import { startPostgresCluster } from '../test/support/postgres-cluster.ts';
import { fillLedger, openQuietly } from './support/fill-ledger.ts';

const ROWS = givenWhole('The number of rows', process.argv[2] ?? '1000000');
const RUNS = 40;
const P95_MAX_MS = 100;

/** Kinds of questions, each with filters that are used in turn. */
const QUESTIONS: Readonly<Record<string, (run: number) => OnboardingFilter>> = {
  'no filter': () => ({}),
  'status, common': () => ({ status: 'provisioned' }),
  'status, rare': () => ({ status: 'cancelled' }),
  region: () => ({ region: 'eu-west-1' }),
  'region and status': () => ({ region: 'eu-central-1', status: 'failed' }),
  'region and status that never meet': () => ({ region: 'us-east-1', status: 'cancelled' }),
  account: (run) => ({ account: String((run * 7919) % 1_000_000_000).padStart(12, '0') }),
  customer: (run) => ({ customerId: `c-${run}` }),
  'error code, common': () => ({ errorCode: 'Error5Exception' }),
  'error code, none': () => ({ errorCode: 'NoSuchException' }),
  'from and to, a day long ago': () => ({ from: ago(0.5), to: ago(0.49) }),
  'to, long ago': () => ({ to: ago(0.5) }),
  'from and status': () => ({ from: ago(0.001), status: 'failed' }),
  'q: in every row': () => ({ q: 'acme.example' }),
  'q: in a third of the rows': () => ({ q: 'SILVER' }),
  'q: in the oldest tenth alone': () => ({ q: 'pioneers' }),
  'q: in ten rows': () => ({ q: 'boxkämpfer' }),
  'q: one source name': (run) => ({ q: `customers/c-${1 + ((run * 24_001) % ROWS)}/orders` }),
  'q: an account': (run) => ({ q: String((run * 7919 * 503) % 1_000_000_000).padStart(12, '0') }),
  'q: zeroes, in a tenth of the accounts': () => ({ q: '0000' }),
  'q: zeroes, nowhere': () => ({ q: '00000000000' }),
  'q: nowhere': (run) => ({ q: `no such text ${run}` }),
  'q: nowhere, of common parts': (run) => ({ q: `acme.example/orders/customers/${run}` }),
  'q: 2 characters, common': () => ({ q: 'c-' }),
  'q: 2 characters, nowhere': () => ({ q: 'ß§' }),
  'q: 1 character': () => ({ q: '7' }),
  'q: escapes': () => ({ q: '100%_\\' }),
  'q and status: common, rare': () => ({ q: 'silver', status: 'cancelled' }),
  'q and status: rare, common': () => ({ q: 'boxkämpfer', status: 'provisioned' }),
  'q and status: nowhere': () => ({ q: 'no such text', status: 'failed' }),
  'q and region: in the oldest tenth': () => ({ q: 'pioneers', region: 'us-east-1' }),
};

/** The instant this share of the table's time ago. */
const ago = (share: number): string => new Date(Date.now() - share * ROWS * 1_000).toISOString();

async function measure(what: string, ask: (run: number) => Promise<unknown>): Promise<boolean> {
  const times: number[] = [];
  for (let run = 0; run < RUNS + 2; run += 1) {
    const began = performance.now();
    await ask(run);
    // The first ones fill the caches.
    if (run >= 2) times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  const [p50, p95] = [0.5, 0.95].map((share) => times[Math.ceil(times.length * share) - 1] ?? 0);
  console.log(`| ${what} | ${(times[0] ?? 0).toFixed(1)} | ${p50!.toFixed(1)} | ${p95!.toFixed(1)} |`);
  return p95! <= P95_MAX_MS;
}

/** Where a page in the middle of the whole list begins. */
async function deepCursor(ledger: OpenLedger): Promise<string> {
  const { nextCursor } = await ledger.list({ to: ago(0.5) }, { limit: 1 });
  if (nextCursor === null) throw new Error('There is no middle.');
  return nextCursor;
}

async function run(url: string): Promise<boolean> {
  if (process.argv[3] !== 'filled') await fillLedger(url, ROWS);
  const ledger = await openQuietly(url);
  const deep = await deepCursor(ledger);
  const fast: boolean[] = [];
  console.log('| what | best ms | p50 ms | p95 ms |\n|---|---|---|---|');
  for (const [what, filterOf] of Object.entries(QUESTIONS)) {
    fast.push(await measure(what, (nth) => ledger.list(filterOf(nth), { limit: 50 })));
    fast.push(
      await measure(`${what}, deep`, (nth) => ledger.list(filterOf(nth), { limit: 50, cursor: deep })),
    );
  }
  fast.push(await measure('counts', () => ledger.counts()));
  fast.push(await measure('failures', () => ledger.failures({}, Date.now())));
  fast.push(
    await measure('failures of a Region', () => ledger.failures({ region: 'us-east-1' }, Date.now())),
  );
  fast.push(
    await measure('failures of the last tenth', () => ledger.failures({ from: ago(0.1) }, Date.now())),
  );
  fast.push(await measure('failures since ever', () => ledger.failures({ from: ago(2) }, Date.now())));
  for (const window of ['15m', '24h', '7d'] as const) {
    fast.push(
      await measure(`figures, ${window}`, () => ledger.figures(spanOf(FIGURE_WINDOWS[window], Date.now()))),
    );
  }
  await ledger.close();
  return fast.every(Boolean);
}

const given = process.env['DATABASE_URL'];
const cluster = given === undefined ? await startPostgresCluster() : undefined;
try {
  if (!(await run(given ?? cluster!.url))) process.exitCode = 1;
} finally {
  await cluster?.stop();
}
