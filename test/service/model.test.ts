import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TRANSITIONS } from '../../src/domain/state-machine.ts';
import { copyMadeLedger } from '../support/data-dir.ts';
import { anySequence, opening } from '../support/model/sequences.ts';
import { Expected } from '../support/model/expected.ts';
import { EFFORT, SEED } from '../support/random.ts';
import { ModelledSystem, openWatchedLedger, type WatchedLedger } from '../support/model/system.ts';

const RUNS = 25 * EFFORT;
const MAX_COMMANDS = 100;
/** A slow machine does fewer runs. */
const WITHIN_MS = 8_000 * EFFORT;

let folder: string;
let watched: WatchedLedger;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onboard-model-'));
  await copyMadeLedger(join(folder, 'ledger'));
  watched = await openWatchedLedger(join(folder, 'ledger'));
});
afterAll(async () => {
  await watched.close();
  await rm(folder, { recursive: true, force: true });
});

it(`whatever happens in whatever order, the ledger tells what the model tells (seed ${SEED})`, async () => {
  const sequences = anySequence(MAX_COMMANDS);
  await fc.assert(
    fc.asyncProperty(sequences, async (commands) => {
      await watched.query(
        'truncate onboarding.onboardings, onboarding.replays, onboarding.replay_members, public.witnessed cascade',
      );
      // The audit keeps what earlier sequences did to onboardings of the same ids.
      const [last] = await watched.query('select coalesce(max(id), 0) as id from onboarding.audit');
      const model = new Expected();
      const real = new ModelledSystem(watched);
      for (const command of opening) await command.run(model, real);
      await fc.asyncModelRun(() => ({ model, real }), commands);
      await compareReplays(model, real);
      await compareBooks(model, Number(last?.['id']));
    }),
    { seed: SEED, numRuns: RUNS, plugins: [fc.interruptAfterTimeLimit(WITHIN_MS)] },
  );
});

/** Once Redis is there, every replay of many has put into the queue what was still as it had been, and nothing else. */
async function compareReplays(model: Expected, real: ModelledSystem): Promise<void> {
  model.away = false;
  real.carrier.away = false;
  await real.workReplays();
  model.workReplays();
  const { items } = await watched.ledger.listReplays({}, { limit: 200 });
  expect(items.map(({ matched, queued, skipped }) => ({ matched, queued, skipped })).reverse()).toEqual(
    model.many.map(({ members, queued, skipped }) => ({ matched: members.length, queued, skipped })),
  );
}

/** What only the end shows: every attempt and every audit row is there once, and no status jumped. */
async function compareBooks(model: Expected, auditedBefore: number): Promise<void> {
  for (const {
    found: { id, attempts, audited },
  } of model.rows()) {
    const kept = await watched.ledger.attempts(id);
    expect(kept.map(({ replay, outcome }) => ({ replay, outcome }))).toEqual(attempts);
    expect(kept.map(({ number }) => number)).toEqual(attempts.map((_, index) => index + 1));
    const rows = await watched.query(
      `select action, before ->> 'status' as before, after ->> 'status' as after from onboarding.audit
         where subject = '${id}' and id > ${auditedBefore} order by id`,
    );
    expect(rows).toEqual(audited);
  }
  const steps = await watched.query('select distinct "from", "to" from public.witnessed');
  const allowed = new Set(TRANSITIONS.map(({ from, to }) => `${from} → ${to}`));
  expect(
    steps.map(({ from, to }) => `${String(from)} → ${String(to)}`).filter((step) => !allowed.has(step)),
  ).toEqual([]);
}
