#!/usr/bin/env node
/**
 * Prints the demo's customers as CSV, the same every time. The last column, `expect`, says how the row must end;
 * it is written from the row's kind, before any service has seen it.
 *
 *   node scripts/make-customers.mjs > examples/customers.csv    1,000 customers in three Regions
 *   node scripts/make-customers.mjs --failures 300              300 that end failed, of every kind, among healthy ones
 *
 *   expect                     meaning
 *   provisioned                the source is there, for this account
 *   failed:<error code>        the machine gives up, with this code
 *   rejected:<issue code>      refused at intake, with this code
 *   duplicate                  the same onboarding as an earlier row
 */
import { toCsv } from './customers/csv.mjs';
import { FAILURE_KINDS, FAILURE_MIX, PROVISIONING_KINDS, RARE_FAILURE_KINDS } from './customers/kinds.mjs';
import { makeRows } from './customers/rows.mjs';

function thousandCustomers() {
  return makeRows({ seed: 20_261, kinds: PROVISIONING_KINDS, total: 1_000, withRejected: true });
}

/** So many of each rare kind, where there are enough of the others. */
const rareCount = (count) =>
  count < FAILURE_KINDS.length + RARE_FAILURE_KINDS.length ? 0 : Math.min(3, Math.ceil(count / 100));

/** Every kind from 13 on; healthy customers stand between them. */
function failures(count) {
  const rare = RARE_FAILURE_KINDS.map((kind) => ({ ...kind, count: rareCount(count), inFront: true }));
  const left = count - rare.reduce((sum, kind) => sum + kind.count, 0);
  const words = Array.from({ length: left }, (_, index) => FAILURE_MIX[index % FAILURE_MIX.length]);
  const often = FAILURE_KINDS.map((kind) => ({
    ...kind,
    count: words.filter((word) => word === kind.word).length,
  }));
  const total = count + Math.max(30, Math.round(count / 4));
  return makeRows({ seed: 20_262, kinds: [...rare, ...often], total, withRejected: false });
}

function main(args) {
  if (args.length === 0) return toCsv(thousandCustomers());
  const count = Number(args[1]);
  if (
    args.length === 2 &&
    args[0] === '--failures' &&
    Number.isInteger(count) &&
    count >= 1 &&
    count <= 100_000
  )
    return toCsv(failures(count));
  return undefined;
}

const csv = main(process.argv.slice(2));
if (csv === undefined) {
  process.stderr.write('Usage: node scripts/make-customers.mjs [--failures 1..100000]\n');
  process.exitCode = 2;
} else {
  process.stdout.write(csv);
}
