import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { valueOrThrow } from '../../client/answers.ts';
import type { ImportAnswer, Stats } from '../../client/wire.ts';
import type { OnboardingClient } from '../../client/onboarding-client.ts';
import type { Onboarding, Status } from '../../domain/onboarding.ts';
import { OPEN_STATUSES } from '../../domain/state-machine.ts';
import { valueOf } from '../context.ts';
import type { Terminal } from '../terminal.ts';
import type { Customer } from './customers-file.ts';
import { showProgress, type Progress } from './progress.ts';
import { endsOf, type Verdict } from './verdict.ts';

interface Run {
  readonly client: OnboardingClient;
  readonly csvFile: string;
  readonly terminal: Terminal;
  /** Ends the run with the signal's reason. */
  readonly interrupted: AbortSignal;
  /** Ends the waiting: what has not ended by then is judged as it stands. */
  readonly deadline: AbortSignal;
}

const POLL_MS = 250;

/** Imports the file, follows every onboarding to its end, and judges. */
export async function onboardCustomers(customers: readonly Customer[], run: Run): Promise<Verdict> {
  const startedAt = performance.now();
  const progress = showProgress(run.terminal, customers.length);
  try {
    const report = await importFile(run);
    await untilAllEnded(run, report, progress);
    const elapsedMs = performance.now() - startedAt;
    progress.stop();
    const ends = endsOf(customers, { report, onboardings: await allOnboardings(run) });
    return { ends, duplicatesReported: report.duplicates, elapsedMs };
  } finally {
    progress.stop();
  }
}

function importFile({ client, csvFile, interrupted }: Run): Promise<ImportAnswer> {
  const body = Readable.toWeb(createReadStream(csvFile)) as ReadableStream<Uint8Array>;
  return valueOf(client.importCsv(body, { signal: interrupted }));
}

async function untilAllEnded(run: Run, report: ImportAnswer, progress: Progress): Promise<void> {
  progress.expect(report.accepted);
  while (!run.deadline.aborted) {
    const { byStatus } = await valueOf<Stats>(run.client.stats({ signal: run.interrupted }));
    progress.update(byStatus);
    if (endedCount(byStatus) >= report.accepted && openCount(byStatus) === 0) return;
    await delay(POLL_MS, undefined, { signal: run.interrupted });
  }
  run.terminal.err('The deadline has passed; the rows are judged as they stand.\n');
}

async function allOnboardings({ client, interrupted }: Run): Promise<readonly Onboarding[]> {
  const all: Onboarding[] = [];
  for await (const answer of client.list({}, { signal: interrupted })) all.push(valueOrThrow(answer));
  return all;
}

type Counts = Readonly<Record<Status, number>>;

const openCount = (counts: Counts): number => OPEN_STATUSES.reduce((sum, status) => sum + counts[status], 0);

const endedCount = ({ provisioned, failed, cancelled }: Counts): number => provisioned + failed + cancelled;
