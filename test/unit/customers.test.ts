import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseCustomers, type Customer } from '../../src/cli/demo/customers-file.ts';
import { serviceEnv } from '../../src/cli/demo/service-env.ts';
import { OUTCOME_KINDS } from '../../src/domain/outcome-kind.ts';
import { QUICK_TRIES } from '../../src/domain/retry-policy.ts';

const FILE = new URL('../../examples/customers.csv', import.meta.url);
const SCRIPT = fileURLToPath(new URL('../../scripts/make-customers.mjs', import.meta.url));

const text = readFileSync(FILE, 'utf8');
const customers = parseCustomers(text);
const generate = (...args: string[]): string =>
  execFileSync(process.execPath, [SCRIPT, ...args], { encoding: 'utf8' });

/** The words of the last name segment that script the sandbox. */
const words = ({ sourceName }: Customer): string[] => sourceName.split('/').at(-1)!.split('.').slice(1);
const isScripted = (customer: Customer): boolean =>
  words(customer).length > 0 && !customer.expect.startsWith('rejected:');
const count = (matches: (customer: Customer) => boolean): number => customers.filter(matches).length;
const scripted = (pattern: RegExp) => (customer: Customer) =>
  words(customer).some((word) => pattern.test(word));

describe('examples/customers.csv', () => {
  test('is what its script makes', () => {
    expect(text).toBe(generate());
  });

  test('holds 1,000 customers in three Regions', () => {
    expect(customers).toHaveLength(1_000);
    const accepted = customers.filter(({ expect: end }) => !end.startsWith('rejected:'));
    expect(new Set(accepted.map(({ region }) => region))).toEqual(
      new Set(['us-east-1', 'eu-west-1', 'ap-southeast-2']),
    );
  });

  test('scripts faults in 300 rows and more, 15 and more of each kind', () => {
    const faults: Record<string, RegExp> = {
      transient: /^(cme|internal|reset|html|hang|unavailable)-\d$/,
      throttled: /^throttle-\d$/,
      'lost reply': /^(applied|garbage)-\d$/,
      'taken by another account': /^other$/,
      quota: /^limit$/,
      'Region off': /^disabled$/,
      'refused by AWS': /^invalid$/,
      'there already': /^mine$/,
      'without ARN': /^noarn$/,
      gone: /^gone$/,
    };
    for (const [kind, pattern] of Object.entries(faults)) {
      expect(count(scripted(pattern)), kind).toBeGreaterThanOrEqual(15);
    }
    expect(count(({ expect: end }) => end.startsWith('rejected:'))).toBeGreaterThanOrEqual(15);
    expect(count(isScripted)).toBeGreaterThanOrEqual(300);
  });

  test('expects of each fault what its kind says', () => {
    const ends = new Map(customers.filter(isScripted).map((it) => [words(it)[0]!, it.expect]));
    expect(Object.fromEntries([...ends].filter(([word]) => !/-\d$/.test(word)))).toEqual({
      other: 'failed:AccountConflict',
      limit: 'failed:LimitExceededException',
      disabled: 'failed:OperationDisabledException',
      invalid: 'failed:ValidationException',
      gone: 'failed:Unsettled',
      mine: 'provisioned',
      noarn: 'provisioned',
    });
    expect([...ends].filter(([word, end]) => /-\d$/.test(word) && end !== 'provisioned')).toEqual([]);
  });

  test('would not keep an impatient reader waiting: few calls per Region, no fault without an end', () => {
    const calls = (customer: Customer): number => {
      const [word = ''] = words(customer);
      if (customer.expect.startsWith('rejected:') || customer.expect === 'duplicate') return 0;
      if (word === 'gone') return 10;
      if (['mine', 'other'].includes(word)) return 3;
      if (word === 'noarn') return 2;
      return 1 + Number(/-(\d)$/.exec(word)?.[1] ?? 0) + (/^(applied|garbage)/.test(word) ? 2 : 0);
    };
    for (const region of ['us-east-1', 'eu-west-1', 'ap-southeast-2']) {
      const sum = customers.filter((it) => it.region === region).reduce((total, it) => total + calls(it), 0);
      expect(sum).toBeLessThan(600);
    }
    expect(count(scripted(/^(denied|unknown)$/))).toBe(0);
  });

  test('repeats names only where it expects it', () => {
    const accepted = customers.filter(
      ({ expect: end }) => end === 'provisioned' || end.startsWith('failed:'),
    );
    const names = new Map(accepted.map((it) => [`${it.region} ${it.sourceName}`, it]));
    expect(names.size).toBe(accepted.length);
    for (const it of customers.filter(({ expect: end }) => end === 'duplicate' || end.endsWith('taken'))) {
      const first = names.get(`${it.region} ${it.sourceName}`)!;
      expect(first.row).toBeLessThan(it.row);
      expect(first.account === it.account).toBe(it.expect === 'duplicate');
    }
  });

  test('has accounts with real leading zeros', () => {
    expect(count(({ account }) => /^0\d{11}$/.test(account))).toBeGreaterThanOrEqual(50);
  });
});

describe('--failures', () => {
  test.each([
    [6, 6],
    [13, 13],
    [300, 13],
  ])('%i end failed, of %i kinds', (wished, kinds) => {
    const rows = parseCustomers(generate('--failures', String(wished)));
    const failed = rows.filter(({ expect: end }) => end.startsWith('failed:'));
    expect(failed).toHaveLength(wished);
    expect(new Set(failed.map(({ expect: end }) => end)).size).toBe(kinds);
    expect(rows.some(({ expect: end }) => end === 'provisioned')).toBe(true);
    expect(new Set(rows.map(({ region }) => region)).size).toBe(3);
  });

  test('a fault that passes strikes for exactly as long as the demo’s service tries', async () => {
    const { env } = await serviceEnv(
      {},
      { folder: { path: () => '', show: () => '' }, customers: [], failing: true },
    );
    const rows = parseCustomers(generate('--failures', '300'));
    const counted = rows.flatMap(({ sourceName }) => /(internal|reset)-.*/.exec(sourceName)?.[0] ?? []);
    expect(env['ATTEMPTS_MAX']).toBe('1');
    expect(new Set(counted)).toEqual(new Set(['internal-1.after-1', `reset-${1 + QUICK_TRIES}`]));
  });

  test('at most one in a Region is denied, in front of those that succeed', () => {
    const rows = parseCustomers(generate('--failures', '300'));
    const denied = rows.filter(({ expect: end }) => end === 'failed:AccessDeniedException');
    expect(denied.map(({ row }) => row)).toEqual([1, 2, 3]);
    expect(new Set(denied.map(({ region }) => region)).size).toBe(3);
  });

  test.each([['0'], ['1.5'], ['many'], ['-3']])('refuses %s', (wished) => {
    expect(() => execFileSync(process.execPath, [SCRIPT, '--failures', wished], { stdio: 'pipe' })).toThrow(
      'Usage',
    );
  });
});

test('every outcome that an onboarding can fail with is in the failure sets', () => {
  const failing = OUTCOME_KINDS.filter((kind) => kind !== 'created' && kind !== 'adopted');
  const rows = parseCustomers(generate('--failures', '300'));
  const codes = new Set(rows.flatMap(({ expect: end }) => (end.startsWith('failed:') ? [end.slice(7)] : [])));
  const kinds = new Set([...codes].map((code) => KIND_OF[code]));
  expect(kinds).toEqual(new Set(failing));
});

/** What each code is judged to be (src/aws/classify-error.ts; AccountConflict and Unsettled by the accounts list). */
const KIND_OF: Readonly<Record<string, (typeof OUTCOME_KINDS)[number]>> = {
  AccountConflict: 'conflict',
  Unsettled: 'unsettled',
  LimitExceededException: 'quota',
  OperationDisabledException: 'regionOff',
  ValidationException: 'rejected',
  AccessDeniedException: 'operatorFault',
  ThrottlingException: 'throttled',
  InternalException: 'transient',
  ServiceUnavailable: 'transient',
  ConnectionFailed: 'transient',
  UnreadableResponse: 'transient',
  ConcurrentModificationException: 'transient',
  UnforeseenPartnerException: 'transient',
};
