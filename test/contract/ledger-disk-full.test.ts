import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { LedgerUnavailableError } from '../../src/domain/unavailable.ts';
import { freeBytesOf } from '../../src/ledger/embedded/embedded-database.ts';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import type { OpenLedger } from '../../src/ledger/ledger.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { dataDirWithLedger } from '../support/data-dir.ts';
import { eventually } from '../support/eventually.ts';
import { newOnboarding, present, RESULTS, roundWrite } from '../support/ledger-fixtures.ts';
import { recordingLog } from '../support/recording-log.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const MB = 1024 * 1024;

/** An embedded ledger on a disk whose free space the test sets. */
async function onADisk(): Promise<{ disk: { free: number }; open: () => Promise<OpenLedger> }> {
  const dir = join(await dataDirWithLedger(), 'ledger');
  const disk = { free: 1_000 * MB };
  return {
    disk,
    open: async () => {
      const ledger = await openLedger(
        { kind: 'embedded', dir, freeBytes: () => Promise.resolve(disk.free) },
        { awsMode: 'sandbox', partner: 'acme.example', clock: systemClock, log: recordingLog() },
      );
      onTestFinished(async () => ledger.close());
      return ledger;
    },
  };
}

test('an embedded ledger refuses writes before its disk is full, continues reading, and writes again by itself', async () => {
  const { disk, open } = await onADisk();
  const ledger = await open();
  const before = newOnboarding();
  await ledger.accept([before]);

  disk.free = 10 * MB;
  await eventually(async () =>
    ledger.accept([newOnboarding()]).then(
      () => false,
      (error: unknown) => error instanceof LedgerUnavailableError && error.message.includes('10 MB are free'),
    ),
  );
  const refused = newOnboarding();
  const writes: Promise<unknown>[] = [
    ledger.accept([refused]),
    ledger.saveRound(roundWrite({ ...before, replays: 0 }, 'provisioned')),
    ledger.markQueued([{ id: before.id, replays: 0 }], before.createdAt),
    ledger.replay(before.id, { from: 'failed', actor: 'a', reason: 'r', at: before.createdAt }),
  ];
  await Promise.all(writes.map((write) => expect(write).rejects.toBeInstanceOf(LedgerUnavailableError)));
  expect(await present(ledger, before)).toMatchObject({ status: 'accepted', attempts: 0 });

  disk.free = 1_000 * MB;
  await eventually(async () =>
    ledger.accept([newOnboarding()]).then(
      () => true,
      () => false,
    ),
  );
  expect(await ledger.get(refused.id)).toBeUndefined();
  expect(await ledger.saveRound(roundWrite({ ...before, replays: 0 }, 'provisioned'))).toBe('saved');
  expect(await present(ledger, before)).toMatchObject({
    status: 'provisioned',
    outcome: RESULTS.provisioned.outcome,
  });
});

test('a start on a disk that is nearly full is refused and says what to do', async () => {
  const { disk, open } = await onADisk();
  disk.free = 63 * MB;
  await expect(open()).rejects.toThrow('Free up space on the disk of DATA_DIR');
});

test('free space is what the operating system says', async () => {
  expect(await freeBytesOf(await temporaryFolder())).toBeGreaterThan(0);
});
