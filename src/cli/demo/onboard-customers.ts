import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { valueOrThrow } from '../../client/answers.ts';
import type { ImportAnswer } from '../../client/wire.ts';
import type { OnboardingClient } from '../../client/onboarding-client.ts';
import type { Onboarding } from '../../domain/onboarding.ts';
import { OPEN_STATUSES } from '../../domain/state-machine.ts';
import { progressBar, type ProgressBar } from '../progress-bar.ts';
import type { Terminal } from '../terminal.ts';
import type { Customer } from './customers-file.ts';
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
  run.terminal.err(`Importing ${customers.length} rows…\n`);
  const report = await importFile(run);
  const bar = progressBar(run.terminal, { total: report.accepted, what: 'ended' });
  await untilAllEnded(run, report, bar).finally(() => bar.stop());
  const elapsedMs = performance.now() - startedAt;
  const ends = endsOf(customers, { report, onboardings: await allOnboardings(run) });
  return { ends, duplicatesReported: report.duplicates, elapsedMs };
}

async function importFile({ client, csvFile, interrupted }: Run): Promise<ImportAnswer> {
  const body = Readable.toWeb(createReadStream(csvFile)) as ReadableStream<Uint8Array>;
  return valueOrThrow(await client.importCsv(body, { signal: interrupted }));
}

async function untilAllEnded(run: Run, report: ImportAnswer, bar: ProgressBar): Promise<void> {
  const startedAt = performance.now();
  while (!run.deadline.aborted) {
    const { byStatus } = valueOrThrow(await run.client.stats({ signal: run.interrupted }));
    const { provisioned, failed, cancelled, retrying } = byStatus;
    const ended = provisioned + failed + cancelled;
    const perSecond = (ended * 1_000) / Math.max(1, performance.now() - startedAt);
    bar.update(
      ended,
      `provisioned ${provisioned}  failed ${failed}  retrying ${retrying}  ${perSecond.toFixed(0)}/s`,
    );
    const open = OPEN_STATUSES.reduce((sum, status) => sum + byStatus[status], 0);
    if (ended >= report.accepted && open === 0) return;
    await delay(POLL_MS, undefined, { signal: run.interrupted }).catch(() => undefined);
    run.interrupted.throwIfAborted();
  }
  run.terminal.err('The deadline has passed. The rows are compared in their current state.\n');
}

async function allOnboardings({ client, interrupted }: Run): Promise<readonly Onboarding[]> {
  const all: Onboarding[] = [];
  for await (const answer of client.list({}, { signal: interrupted })) all.push(valueOrThrow(answer));
  return all;
}
