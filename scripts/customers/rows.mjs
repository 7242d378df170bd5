import { companyName } from './companies.mjs';
import { REJECTED_KINDS } from './kinds.mjs';
import { pick, seeded, shuffled } from './random.mjs';

const REGIONS = ['us-east-1', 'eu-west-1', 'ap-southeast-2'];
const EVENTS = ['orders', 'invoices', 'tickets', 'shipments', 'alerts', 'logins', 'payments', 'deployments'];
const PLANS = ['free', 'team', 'team', 'business', 'business', 'enterprise'];
const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';

const REJECTED_EACH = 2;
const DUPLICATES = 6;
const TAKEN = 6;

/** Rows of the given kinds, filled up with plain ones, in an order that looks like life. */
export function makeRows({ seed, kinds, total, withRejected }) {
  const random = seeded(seed);
  const makeCustomer = customerMaker(random);
  const scriptedRows = (some) =>
    some.flatMap(({ word, expect, count }) =>
      Array.from({ length: count }, (_, index) => scriptedRow(makeCustomer(index), word, expect)),
    );
  const front = scriptedRows(kinds.filter(({ inFront }) => inFront));
  const scripted = scriptedRows(kinds.filter(({ inFront }) => !inFront));
  const rejected = withRejected ? rejectedRows(makeCustomer) : [];
  const repeats = withRejected ? DUPLICATES + TAKEN : 0;
  const plain = Array.from(
    { length: total - front.length - scripted.length - rejected.length - repeats },
    (_, index) => plainRow(makeCustomer(index), index),
  );
  const rows = shuffled(random, [...scripted, ...rejected, ...plain]);
  if (withRejected) insertRepeats(random, rows, makeCustomer);
  return [...front, ...rows];
}

function customerMaker(random) {
  let tenant = 10_000;
  return (index) => {
    tenant += 1 + Math.floor(random() * 7);
    return {
      account: accountId(random),
      // Round robin within a kind, so that every Region sees every kind.
      region: REGIONS[index % REGIONS.length],
      eventNamespace: `tenant-${tenant}`,
      eventName: pick(random, EVENTS),
      customerId: `cus_${Array.from({ length: 14 }, () => pick(random, ALPHABET)).join('')}`,
      lane: pick(random, ['', '', '', '', '', '', '', '', 'live', 'bulk']),
      'metadata.company': companyName(random),
      'metadata.plan': pick(random, PLANS),
    };
  };
}

/** Twelve digits; every tenth begins with zeros, as real ids do. */
function accountId(random) {
  const zeros = random() < 0.1 ? 1 + Math.floor(random() * 3) : 0;
  const digits = Array.from(
    { length: 12 - zeros },
    (_, index) => Math.floor(random() * (index === 0 ? 9 : 10)) + (index === 0 ? 1 : 0),
  );
  return `${'0'.repeat(zeros)}${digits.join('')}`;
}

const scriptedRow = (customer, word, expect) => ({
  ...customer,
  eventName: `${customer.eventName}.${word}`,
  expect,
});

/** Some callers give the name whole, some nest their namespace. */
function plainRow(customer, index) {
  const { eventNamespace, eventName } = customer;
  const row = { ...customer, expect: 'provisioned', plain: true };
  if (index % 25 === 7)
    return {
      ...row,
      eventNamespace: '',
      eventName: '',
      sourceName: `aws.partner/acme.example/${eventNamespace}/${eventName}`,
    };
  if (index % 10 === 3) return { ...row, eventNamespace: `${eventNamespace}/${pickNested(index)}` };
  return row;
}

const pickNested = (index) => ['production', 'staging', 'eu/shop'][index % 3];

const rejectedRows = (makeCustomer) =>
  REJECTED_KINDS.flatMap(({ expect, change }) =>
    Array.from({ length: REJECTED_EACH }, (_, index) => {
      const customer = makeCustomer(index);
      return { ...customer, ...change(customer), expect: `rejected:${expect}` };
    }),
  );

/** Later rows that say an earlier one again: word for word, or for another account. */
function insertRepeats(random, rows, makeCustomer) {
  const originals = shuffled(
    random,
    rows.filter((row) => row.plain),
  ).slice(0, DUPLICATES + TAKEN);
  originals.forEach((original, index) => {
    const repeat =
      index < DUPLICATES
        ? { ...original, expect: 'duplicate' }
        : { ...original, account: makeCustomer(index).account, expect: 'rejected:source_name_taken' };
    const after = rows.indexOf(original) + 1;
    rows.splice(after + Math.floor(random() * (rows.length - after + 1)), 0, { ...repeat, plain: false });
  });
}
