import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isRegionCode, parseRegion, partitionOf, type Region } from '../../../src/domain/region.ts';

const registered = ['us-east-1', 'eu-west-1'] as Region[];

describe('a Region code', () => {
  test.each([
    'us-east-1',
    'eu-central-2',
    'ap-southeast-5',
    'il-central-1',
    'mx-central-1',
    'us-gov-west-1',
    'cn-northwest-1',
  ])('has the form of %s', (code) => {
    expect(isRegionCode(code)).toBe(true);
  });

  test.each([
    '',
    'us-east',
    'US-EAST-1',
    'us_east_1',
    'us-east-1a',
    ' us-east-1',
    'us-east-1\n',
    'us-east-100',
    'us-east-1/../eu-west-1',
    'global',
  ])('does not have the form of %j', (code) => {
    expect(isRegionCode(code)).toBe(false);
  });

  test.each(['us-iso-east-1', 'us-isob-east-1', 'us-isof-south-1', 'eu-isoe-west-1', 'eusc-de-east-1'])(
    'is refused in a partition that no ARN can be built for: %s',
    (code) => {
      expect(isRegionCode(code)).toBe(false);
    },
  );
});

describe('the partition', () => {
  test.each([
    ['us-east-1', 'aws'],
    ['us-west-2', 'aws'],
    ['ca-central-1', 'aws'],
    ['cn-north-1', 'aws-cn'],
    ['cn-northwest-1', 'aws-cn'],
    ['us-gov-east-1', 'aws-us-gov'],
    ['us-gov-west-1', 'aws-us-gov'],
  ])('of %s is %s', (region, partition) => {
    expect(partitionOf(region as Region)).toBe(partition);
  });
});

describe('the allow-list', () => {
  test('lets exactly the registered Regions through', () => {
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom(...registered), fc.string()), (input) => {
        expect(parseRegion(input, registered).ok).toBe(registered.some((region) => region === input));
      }),
    );
  });

  test.each([
    ['nothing', undefined, 'required'],
    ['null', null, 'required'],
    ['empty text', '', 'required'],
    ['a number', 1, 'invalid_type'],
    ['a list', ['us-east-1'], 'invalid_type'],
    ['another Region', 'us-west-2', 'region_not_registered'],
    ['other case', 'US-EAST-1', 'region_not_registered'],
  ])('answers %s with its code and the Regions that there are', (_what, input, code) => {
    const checked = parseRegion(input, registered);
    expect(checked).toMatchObject({ ok: false, issues: [{ field: 'region', code }] });
    expect(checked.ok ? '' : checked.issues[0]!.message).toContain('us-east-1, eu-west-1');
  });
});
