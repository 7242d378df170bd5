import { expect, it } from 'vitest';
import { broken, saidOnce, wellFound } from '../../../src/domain/finding.ts';

const REGIONS = ['us-east-1', 'eu-west-1'];
const missing = (check: string, subject: string) =>
  broken({ check, subject }, 'No credentials.', 'Set them.');

it('a trouble of all Regions is said once, and names them', () => {
  const findings = REGIONS.flatMap((region) => [
    missing('aws.describe', region),
    missing('aws.listAccounts', region),
  ]);
  expect(saidOnce(findings, REGIONS)).toEqual([
    {
      check: 'aws.describe',
      subject: null,
      status: 'fail',
      message: 'In all Regions (us-east-1, eu-west-1): No credentials.',
      fix: 'Set them.',
    },
  ]);
});

it('a trouble of some Regions, and what is well, is said of each', () => {
  const findings = [
    missing('aws.describe', 'us-east-1'),
    wellFound({ check: 'aws.describe', subject: 'eu-west-1' }, 'Allowed.'),
    ...REGIONS.map((subject) => wellFound({ check: 'aws.clock', subject }, 'It agrees.')),
  ];
  expect(saidOnce(findings, REGIONS)).toEqual(findings);
  expect(saidOnce([missing('aws.describe', 'us-east-1')], ['us-east-1'])).toHaveLength(1);
});
