import { describe, expect, test } from 'vitest';
import type { Customer } from '../../../../src/cli/demo/customers-file.ts';
import { parseCustomers } from '../../../../src/cli/demo/customers-file.ts';
import { asExpected, endsOf, mismatches } from '../../../../src/cli/demo/verdict.ts';
import type { Onboarding } from '../../../../src/domain/onboarding.ts';
import { onboardingJson } from '../../../support/scripted-api.ts';

const NAME = 'aws.partner/acme.example/tenant-1/orders';
const customer = (expected: string, more: Partial<Customer> = {}): Customer => ({
  row: 1,
  account: '000000000101',
  region: 'eu-west-1',
  sourceName: NAME,
  expect: expected,
  ...more,
});
const onboarding = (more: Record<string, unknown> = {}): Onboarding =>
  onboardingJson({
    sourceName: NAME,
    status: 'provisioned',
    eventSourceArn: 'arn:x',
    ...more,
  }) as unknown as Onboarding;
const end = (found: readonly Onboarding[], errors: { row: number; code: string }[] = []): string =>
  endsOf([customer('provisioned')], {
    report: { errors: errors.map((error) => ({ field: 'f', message: 'm', line: 2, ...error })) },
    onboardings: found,
  })[0]!.end;

describe('how a row ended', () => {
  test.each([
    ['provisioned', [onboarding()]],
    ['failed:AccountConflict', [onboarding({ status: 'failed', error: { code: 'AccountConflict' } })]],
    ['retrying', [onboarding({ status: 'retrying' })]],
    ['missing', []],
    ['missing', [onboarding({ region: 'us-east-1' })]],
    ['wrong account', [onboarding({ account: '999999999999' })]],
    ['provisioned without an ARN', [onboarding({ eventSourceArn: null })]],
  ])('%s', (expected, found) => {
    expect(end(found)).toBe(expected);
  });

  test('a rejected row is known by its number', () => {
    expect(end([onboarding()], [{ row: 1, code: 'invalid_account' }])).toBe('rejected:invalid_account');
    expect(end([onboarding()], [{ row: 2, code: 'invalid_account' }])).toBe('provisioned');
  });

  test('a second row with the same name is a duplicate, in the same Region only', () => {
    const ends = endsOf(
      [
        customer('provisioned'),
        customer('duplicate', { row: 2 }),
        customer('provisioned', { row: 3, region: 'us-east-1' }),
      ],
      { report: { errors: [] }, onboardings: [onboarding(), onboarding({ region: 'us-east-1' })] },
    );
    expect(ends.map((row) => row.end)).toEqual(['provisioned', 'duplicate', 'provisioned']);
    expect(asExpected({ ends, duplicatesReported: 1, elapsedMs: 0 })).toBe(true);
    expect(asExpected({ ends, duplicatesReported: 0, elapsedMs: 0 })).toBe(false);
  });

  test('one wrong row is enough', () => {
    const ends = [{ ...customer('failed:AccountConflict'), end: 'provisioned' }];
    expect(mismatches({ ends, duplicatesReported: 0, elapsedMs: 0 })).toHaveLength(1);
    expect(asExpected({ ends, duplicatesReported: 0, elapsedMs: 0 })).toBe(false);
  });
});

describe('the customers’ file', () => {
  test('gives the whole source name, from parts or as it stands', () => {
    const csv =
      'account,region,eventNamespace,eventName,sourceName,expect\n1,eu-west-1,a/b,c,,provisioned\n2,eu-west-1,,,aws.partner/x/y,provisioned\n';
    expect(parseCustomers(csv).map(({ sourceName }) => sourceName)).toEqual([
      'aws.partner/acme.example/a/b/c',
      'aws.partner/x/y',
    ]);
  });

  test('takes the expectation from the last cell of rows that have too many', () => {
    const csv = 'account,metadata.company,expect\n1,Smith, Weber,rejected:unreadable_row\n';
    expect(parseCustomers(csv)).toMatchObject([{ row: 1, expect: 'rejected:unreadable_row' }]);
  });

  test('without expectations is refused', () => {
    expect(() => parseCustomers('account,region\n')).toThrow('expect');
  });
});
