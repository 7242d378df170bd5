import { expect, test } from 'vitest';
import { importId } from '../../../src/domain/ids.ts';
import { createPruning } from '../../../src/maintenance/prune.ts';

test('rejected rows are deleted once their import is older than RETENTION_DAYS', async () => {
  const now = Date.parse('2026-11-29T12:00:00Z');
  const day = 86_400_000;
  const deleted: string[] = [];
  const prune = createPruning({
    ledger: {
      pruneKeys: () => Promise.resolve(0),
      pruneFigures: () => Promise.resolve(0),
      pruneRejects: ({ before }) => Promise.resolve(deleted.push(before)),
    },
    clock: { now: () => now },
    retentionDays: 30,
  });
  await prune();
  const [before = ''] = deleted;
  expect(importId(now - 30 * day - 1, new Uint8Array(16).fill(31)) < before).toBe(true);
  expect(importId(now - 30 * day, new Uint8Array(16)) > before).toBe(true);
});
