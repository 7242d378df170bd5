import { CHECKS } from '../check-policy.ts';
import { Kysely, PostgresDialect, sql } from 'kysely';
import type { Acceptance } from '../../../src/domain/acceptance.ts';
import { CLOSED } from '../../../src/domain/circuit.ts';
import type { OnboardingId } from '../../../src/domain/ids.ts';
import type { JobVerdict } from '../../../src/domain/job.ts';
import type { OnboardingFilter, Page } from '../../../src/domain/listing.ts';
import type { Onboarding, OnboardingRequest } from '../../../src/domain/onboarding.ts';
import { createIntake, type Intake } from '../../../src/intake/accept.ts';
import { SCHEMA, type LedgerTables } from '../../../src/ledger/database/database.ts';
import { openEmbeddedDatabase } from '../../../src/ledger/embedded/embedded-database.ts';
import { createLedger, type OpenLedger } from '../../../src/ledger/ledger.ts';
import { migrate } from '../../../src/ledger/migrations/migrate.ts';
import { createPickUp } from '../../../src/maintenance/pick-up.ts';
import { createRescue } from '../../../src/maintenance/rescue.ts';
import { cancelOnboarding, type CancelResult } from '../../../src/operations/cancel.ts';
import { createReplayRunner, type ReplayRunner } from '../../../src/maintenance/run-replays.ts';
import { replayOnboarding, type ReplayResult } from '../../../src/operations/replay.ts';
import { startReplay, type StartedReplay } from '../../../src/operations/replays.ts';
import { QueueUnavailableError } from '../../../src/domain/unavailable.ts';
import type { Clock } from '../../../src/ports.ts';
import { createProvisioner } from '../../../src/provisioning/provision.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createMetrics } from '../../../src/runtime/metrics/registry.ts';
import { endlessSlots } from '../queue-fixtures.ts';
import { recordingLog } from '../recording-log.ts';
import { InMemoryAws, type Answer, type Hold } from './aws.ts';
import { InMemoryCarrier } from './carrier.ts';
import { ROUNDS_MAX } from './expected.ts';

const NEVER = new AbortController().signal;

/** A clock that only the test moves, and every sleep by its length. */
function movedClock(): Clock & { move(ms: number): void } {
  let now = Date.parse('2026-03-01T12:00:00.000Z');
  const move = (ms: number): void => void (now += ms);
  return {
    now: () => now,
    move,
    sleep: (ms, signal) =>
      Promise.resolve().then(() => {
        signal?.throwIfAborted();
        move(ms);
      }),
  };
}

/** The ledger on PGlite, with a witness beside it that writes down every change of a status. */
export interface WatchedLedger {
  readonly ledger: OpenLedger;
  query(statement: string): Promise<readonly Record<string, unknown>[]>;
  close(): Promise<void>;
}

export async function openWatchedLedger(dir: string): Promise<WatchedLedger> {
  const session = await openEmbeddedDatabase(dir, { log: recordingLog() });
  const pool = session.pool({ turnWithinMs: Infinity, statementWithinMs: Infinity });
  const db = new Kysely<LedgerTables>({ dialect: new PostgresDialect({ pool }) }).withSchema(SCHEMA);
  const stamp = await migrate(db, { awsMode: 'sandbox', partner: 'acme.example' });
  const query: WatchedLedger['query'] = async (statement) =>
    (await sql.raw<Record<string, unknown>>(statement).execute(db)).rows;
  await query('create table public.witnessed ("from" text, "to" text)');
  await query(`create function public.witness() returns trigger language plpgsql as $$
    begin insert into public.witnessed values (old.status, new.status); return new; end $$`);
  await query(`create trigger witness after update on onboarding.onboardings for each row
    when (old.status is distinct from new.status) execute function public.witness()`);
  const ledger = createLedger(db, {
    ...stamp,
    clock: systemClock,
    log: recordingLog(),
    answerWithinMs: Infinity,
  });
  return { ledger, query, close: () => ledger.close() };
}

/** The product's use cases over the real ledger; AWS and the queue are in memory, and do what the test says. */
export class ModelledSystem {
  readonly aws = new InMemoryAws();
  readonly carrier = new InMemoryCarrier();
  readonly clock = movedClock();
  readonly watched: WatchedLedger;
  readonly #intake: Intake;
  readonly #runner: ReplayRunner;
  readonly #randomBytes: (count: number) => Uint8Array;
  readonly #deps;
  #made = 0;

  constructor(watched: WatchedLedger) {
    this.watched = watched;
    this.#deps = {
      ledger: watched.ledger,
      queue: this.carrier,
      clock: this.clock,
      log: recordingLog(),
      metrics: createMetrics({ version: 'test', regions: [], ofProcess: false }),
      random: () => 0.5,
      checks: CHECKS,
      rateGate: endlessSlots,
      // The circuit stays closed: it has tests of its own.
      regions: {
        flow: () => Promise.resolve('run' as const),
        seen: () => CLOSED,
        report: () => Promise.resolve(CLOSED),
      },
      policy: {
        attemptsMax: ROUNDS_MAX,
        backoffBaseMs: 2_000,
        backoffCapMs: 60_000,
        // Never reached: time has tests of its own.
        deadlineMs: Number.MAX_SAFE_INTEGER / 1_000,
        limitExceededWaitMs: 0,
      },
    };
    this.#randomBytes = (n) => new Uint8Array(n).fill((this.#made += 1));
    this.#intake = createIntake({ ...this.#deps, randomBytes: this.#randomBytes });
    this.#runner = createReplayRunner({ ...this.#deps, holder: 'model' });
  }

  async accept(request: OnboardingRequest): Promise<Acceptance> {
    this.clock.move(1);
    const [acceptance] = await this.#intake.acceptMany([request], 'single');
    return acceptance!;
  }

  /** One job run. Of one that is held back the queue no longer hears. */
  async run(
    job: Pick<Onboarding, 'id' | 'replays' | 'region'>,
    answer: Answer,
    held?: Hold,
  ): Promise<JobVerdict> {
    const stopping = new AbortController();
    const stop = (): void => stopping.abort(new Error('The process stops.'));
    const provision = createProvisioner({ ...this.#deps, gateway: this.aws.gateway(answer, { held, stop }) });
    const ref = { onboardingId: job.id, replays: job.replays, region: job.region };
    const mayCall = () => Promise.resolve('granted' as const);
    const verdict = await provision(
      { ...ref, jobId: 'model', waitedMs: 0, mayCall, draining: NEVER },
      stopping.signal,
    );
    if (held === undefined && (verdict.kind === 'done' || verdict.kind === 'failed'))
      this.carrier.finish(ref);
    return verdict;
  }

  replay(id: OnboardingId, dryRun: boolean): Promise<ReplayResult> {
    this.clock.move(1);
    const gateway = this.aws.gateway('ok', { stop: () => undefined });
    const request = { actor: 'model', reason: 'to see', dryRun };
    return replayOnboarding(id, request, { ...this.#deps, gateway, stopping: NEVER });
  }

  cancel(id: OnboardingId, dryRun: boolean): Promise<CancelResult> {
    this.clock.move(1);
    return cancelOnboarding(id, { actor: 'model', reason: 'to see', dryRun }, this.#deps);
  }

  startReplay(): Promise<StartedReplay> {
    this.clock.move(1);
    const request = {
      filter: { status: 'failed' },
      dryRun: false,
      ratePerSecond: null,
      reason: 'to see',
    } as const;
    return startReplay(request, 'model', { ...this.#deps, randomBytes: this.#randomBytes });
  }

  async workReplays(): Promise<void> {
    this.clock.move(1_000);
    try {
      await this.#runner.turn(NEVER);
    } catch (error) {
      if (!(error instanceof QueueUnavailableError)) throw error;
    }
  }

  async rescue(): Promise<void> {
    // By now nothing that is open was touched lately.
    this.clock.move(61_000);
    await createRescue(this.#deps).pass(NEVER);
    await createPickUp(this.#deps).run(NEVER, NEVER);
  }

  /** Newest first. */
  async rows(): Promise<readonly Onboarding[]> {
    return (await this.watched.ledger.list({}, { limit: 200 })).items;
  }

  /** The ids of all pages, one after the other. */
  async listed(filter: OnboardingFilter, limit: number): Promise<readonly OnboardingId[]> {
    const ids: OnboardingId[] = [];
    let cursor: string | null = null;
    do {
      const page: Page<Onboarding> = await this.watched.ledger.list(filter, {
        limit,
        ...(cursor === null ? {} : { cursor }),
      });
      ids.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor !== null);
    return ids;
  }
}
