import { afterAll, beforeAll, describe } from 'vitest';
import type { LedgerUnderTest } from '../support/ledger-fixtures.ts';
import { acceptsKeyedCalls } from './ledger/accepts-keyed-calls.ts';
import { acceptsOnboardings } from './ledger/accepts-onboardings.ts';
import { cancelsOnboardings } from './ledger/cancels-onboardings.ts';
import { feedsEvents } from './ledger/feeds-events.ts';
import { followsSources } from './ledger/follows-sources.ts';
import { grantsNothing } from './ledger/grants-nothing.ts';
import { judgesLikeTheParser } from './ledger/judges-like-the-parser.ts';
import { keepsAlerts } from './ledger/keeps-alerts.ts';
import { keepsAnAudit } from './ledger/keeps-an-audit.ts';
import { claimsDeliveries } from './ledger/claims-deliveries.ts';
import { keepsDeliveries } from './ledger/keeps-deliveries.ts';
import { keepsFigures } from './ledger/keeps-figures.ts';
import { keepsHolds } from './ledger/keeps-holds.ts';
import { keepsImports } from './ledger/keeps-imports.ts';
import { keepsReplays } from './ledger/keeps-replays.ts';
import { worksReplaysOff } from './ledger/works-replays-off.ts';
import { keepsLogins } from './ledger/keeps-logins.ts';
import { masksAccounts } from './ledger/masks-accounts.ts';
import { listsAndCounts } from './ledger/lists-and-counts.ts';
import { replaysOnboardings } from './ledger/replays-onboardings.ts';
import { savesRounds } from './ledger/saves-rounds.ts';

/** What every ledger must do. One ledger serves the whole file. */
export function exerciseLedger(open: () => Promise<LedgerUnderTest>): void {
  const tested = openedForFile(open);
  exerciseStatements(tested);
  describe('replaying', () => replaysOnboardings(tested));
  describe('cancelling', () => cancelsOnboardings(tested));
  describe('the audit', () => keepsAnAudit(tested));
  describe('replays of many', () => keepsReplays(tested));
  describe('working replays off', () => worksReplaysOff(tested));
  describe('holds', () => keepsHolds(tested));
  describe('following sources', () => followsSources(tested));
  describe('deliveries', () => keepsDeliveries(tested));
  describe('imports', () => keepsImports(tested));
  describe('figures', () => keepsFigures(tested));
  describe('logins', () => keepsLogins(tested));
}

/** Of the same, what could differ from one database to the other: the statements are the same on both. */
export function exerciseDatabase(open: () => Promise<LedgerUnderTest>): void {
  exerciseStatements(openedForFile(open));
}

function openedForFile(open: () => Promise<LedgerUnderTest>): () => LedgerUnderTest {
  let opened: LedgerUnderTest;
  beforeAll(async () => {
    opened = await open();
  }, 120_000);
  afterAll(async () => opened.close());
  return () => opened;
}

/** Group commit, transactions, locks, functions in the database and who may call them, NOTIFY, leases and the text index. */
function exerciseStatements(tested: () => LedgerUnderTest): void {
  describe('accepting', () => acceptsOnboardings(tested));
  describe('accepting under a key', () => acceptsKeyedCalls(tested));
  describe('the SQL function', () => judgesLikeTheParser(tested));
  describe('rights', () => grantsNothing(tested));
  describe('masking accounts', () => masksAccounts(tested));
  describe('saving rounds', () => savesRounds(tested));
  describe('listing and counting', () => listsAndCounts(tested));
  describe('claiming webhook deliveries', () => claimsDeliveries(tested));
  describe('alerts', () => keepsAlerts(tested));
  describe('events', () => feedsEvents(tested));
}
