/** One run: a plan made of a seed, real processes under it, and the verdict on what they leave behind. */
import { readBooks } from './books.ts';
import { createCallers } from './callers.ts';
import { startFleet, type Fleet } from './fleet.ts';
import { sendAll } from './load.ts';
import { unlessAborted } from './interruptible.ts';
import { createOperator } from './operator.ts';
import { APIS, WORKERS, type Plan } from './plan.ts';
import { haveSecondThoughts } from './second-thoughts.ts';
import { settle } from './settle.ts';
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
  /** When it aborts, everything that the run has started is stopped and the run rejects. */
  readonly signal?: AbortSignal;
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
  readonly webhooks: number;
  readonly struck: ReadonlyMap<string, number>;
  readonly processes: Fleet['counts'];
  readonly calls: { readonly tries: number; readonly unanswered: number; readonly later: number };
  /** From the last fault's end until everything had ended, in milliseconds; null: it never did. */
  readonly settledMs: number | null;
  /** What had not ended then, and since when it was open. */
  readonly stillOpen: readonly string[];
  readonly durationMs: number;
  /** The end of what every process has said. */
  readonly lastWords: string;
}

/** @throws the reason of `signal`, once everything is stopped */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { signal = new AbortController().signal } = options;
  const around = await openSurroundings(options.clusterUrl);
  try {
    const fleet = await startFleet(around, { workers: WORKERS, apis: APIS, env: options.env });
    try {
      return await unlessAborted(signal, () => carryOut(options, { around, fleet }));
    } finally {
      await fleet.close();
    }
  } finally {
    await around.close();
  }
}

async function carryOut(options: ChaosOptions, { around, fleet }: Watched): Promise<ChaosReport> {
  const startedAt = Date.now();
  const { plan } = options;
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
  const { settledMs, stillOpen, afterwards } = await settle(around, callers, plan.seed);
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
    webhooks: around.receiver.heard.length,
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
    stillOpen,
    durationMs: Date.now() - startedAt,
    lastWords: fleet.lastWords(),
  };
}
