/** One run: a plan made of a seed, real processes under it, and the verdict on what they leave behind. */
import { readBooks } from './books.ts';
import { createCallers, type Callers } from './callers.ts';
import { pause, startFleet, type Fleet } from './fleet.ts';
import { sendAll } from './load.ts';
import { createOperator } from './operator.ts';
import { APIS, companyIn, REGIONS, WORKERS, type Plan, type Wish } from './plan.ts';
import { haveSecondThoughts } from './second-thoughts.ts';
import { strikeAll } from './strike.ts';
import { openSurroundings, type Surroundings } from './surroundings.ts';
import { checkReplays } from './verify-replays.ts';
import { checkTold } from './verify-told.ts';
import { verify, type Verdict } from './verify.ts';

export interface ChaosOptions {
  readonly plan: Plan;
  /** How long the requests are spread over, in milliseconds. */
  readonly loadMs: number;
  readonly clusterUrl: string;
  /** Settings of the service beside those of every run. */
  readonly env?: Readonly<Record<string, string>>;
  /** Looks on from before the first request; what it gives back is called once everything has ended. */
  readonly watch?: (stage: Watched) => () => Promise<void>;
}

export interface Watched {
  readonly around: Surroundings;
  readonly fleet: Fleet;
}

export interface ChaosReport extends Verdict {
  readonly seed: number;
  readonly rows: number;
  readonly provisioned: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly attempts: number;
  /** Rounds that were spent; a round that only a stop cut short is not. */
  readonly rounds: number;
  /** Signed calls that told of an end, repetitions included. */
  readonly notifications: number;
  readonly struck: ReadonlyMap<string, number>;
  readonly processes: Fleet['counts'];
  readonly calls: { readonly tries: number; readonly unanswered: number; readonly later: number };
  /** From the last fault's end until everything had ended, in milliseconds; null: it never did. */
  readonly settledMs: number | null;
  readonly durationMs: number;
  /** The end of what every process has said. */
  readonly lastWords: string;
}

/** What is left when everything works again: rounds whose waits have grown, and jobs whose locks have to run out. */
const SETTLE_WITHIN_MS = 240_000;

export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const startedAt = Date.now();
  const { plan } = options;
  const around = await openSurroundings(options.clusterUrl);
  const fleet = await startFleet(around, { workers: WORKERS, apis: APIS, env: options.env });
  try {
    const callers = createCallers(fleet.apis.map(({ url }) => url));
    // Faults begin once the service has been seen to work.
    await callers.untilAnswered('GET', '/v1/stats');
    const operator = createOperator(callers);
    const stopWatching = options.watch?.({ around, fleet });
    const [load, second, struck] = await Promise.all([
      sendAll(plan, callers, { overMs: options.loadMs }),
      haveSecondThoughts(plan, callers, { overMs: options.loadMs, sandbox: around.sandbox }),
      strikeAll(plan, { around, fleet, operator }),
    ]);
    const { settledMs, afterwards } = await settle(around, callers, plan.seed);
    await stopWatching?.();
    const books = await readBooks(around);
    const verdict = verify({
      plan,
      afterwards,
      load,
      secondThoughts: second.thoughts,
      replays: operator.replays,
      books,
    });
    const told = checkTold(books.rows, around.receiver);
    const replayed = checkReplays(books);
    await fleet.close();
    return {
      ...verdict,
      wrong: [...verdict.wrong, ...second.wrong, ...told, ...replayed, ...fleet.troubles],
      notifications: around.receiver.heard.length,
      seed: plan.seed,
      rows: books.rows.length,
      provisioned: books.rows.filter(({ status }) => status === 'provisioned').length,
      failed: books.rows.filter(({ status }) => status === 'failed').length,
      cancelled: books.rows.filter(({ status }) => status === 'cancelled').length,
      attempts: books.rows.reduce((sum, row) => sum + row.attempts, 0),
      rounds: books.rows.reduce((sum, row) => sum + row.rounds, 0),
      struck,
      processes: fleet.counts,
      calls: callers.counts,
      settledMs,
      durationMs: Date.now() - startedAt,
      lastWords: fleet.lastWords(),
    };
  } finally {
    await fleet.close();
    await around.close();
  }
}

interface Stats {
  readonly regions: readonly {
    readonly waiting: number | null;
    readonly active: number | null;
    readonly delayed: number | null;
    readonly paused: boolean;
    readonly circuit: { readonly state: string } | null;
  }[];
}

/** What AWS denies to one onboarding alone ends once others succeed beside it, so now and then there are others. */
const COMPANY_EVERY_MS = 3_000;

interface Settled {
  readonly settledMs: number | null;
  readonly afterwards: readonly Wish[];
}

/** Until no onboarding and no replay is open, everybody has been told, no job is left and no Region is held, all without a hand. */
async function settle({ database }: Surroundings, callers: Callers, seed: number): Promise<Settled> {
  const startedAt = Date.now();
  const afterwards: Wish[] = [];
  let companyAt = startedAt + COMPANY_EVERY_MS;
  while (Date.now() - startedAt < SETTLE_WITHIN_MS) {
    const [open] = await database.query<{ count: string }>(
      `select (select count(*) from onboarding.onboardings where status in ('accepted', 'queued', 'retrying'))
            + (select count(*) from onboarding.deliveries where status = 'waiting')
            + (select count(*) from onboarding.replays where is_open) as count`,
    );
    if (open?.count === '0' && (await isIdle(callers)))
      return { settledMs: Date.now() - startedAt, afterwards };
    if (Date.now() > companyAt) {
      const company = REGIONS.map((region) => companyIn(region, seed, afterwards.length));
      afterwards.push(...company);
      await Promise.all(company.map((wish) => onboardPlainly(wish, callers)));
      companyAt = Date.now() + COMPANY_EVERY_MS;
    }
    await pause(250);
  }
  return { settledMs: null, afterwards };
}

async function onboardPlainly(
  { region, sourceName, lane, accounts: [account] }: Wish,
  callers: Callers,
): Promise<void> {
  const body = JSON.stringify({ account, region, sourceName, lane });
  await callers.untilAnswered('POST', '/v1/onboardings', { body });
}

async function isIdle(callers: Callers): Promise<boolean> {
  const { regions } = (await callers.untilAnswered('GET', '/v1/stats')).body as Stats;
  return (
    regions.length === REGIONS.length &&
    regions.every(
      ({ waiting, active, delayed, paused, circuit }) =>
        waiting === 0 && active === 0 && delayed === 0 && !paused && circuit?.state === 'closed',
    )
  );
}
