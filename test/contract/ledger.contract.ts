import { afterAll, beforeAll, describe } from 'vitest';
import type { LedgerUnderTest } from '../support/ledger-fixtures.ts';
import { acceptsOnboardings } from './ledger/accepts-onboardings.ts';
import { keepsDeliveries } from './ledger/keeps-deliveries.ts';
import { keepsHolds } from './ledger/keeps-holds.ts';
import { keepsImports } from './ledger/keeps-imports.ts';
import { listsAndCounts } from './ledger/lists-and-counts.ts';
import { replaysOnboardings } from './ledger/replays-onboardings.ts';
import { savesRounds } from './ledger/saves-rounds.ts';

/** What every ledger must do. One ledger serves the whole file, because making an embedded one takes seconds. */
export function exerciseLedger(open: () => Promise<LedgerUnderTest>): void {
  let opened: LedgerUnderTest;
  beforeAll(async () => {
    opened = await open();
  }, 120_000);
  afterAll(async () => opened.close());
  const tested = (): LedgerUnderTest => opened;

  describe('accepting', () => acceptsOnboardings(tested));
  describe('saving rounds', () => savesRounds(tested));
  describe('replaying', () => replaysOnboardings(tested));
  describe('listing and counting', () => listsAndCounts(tested));
  describe('holds', () => keepsHolds(tested));
  describe('deliveries', () => keepsDeliveries(tested));
  describe('imports', () => keepsImports(tested));
}
