import { describe, expect, test } from 'vitest';
import { deriveSourceArn, isArnOfSource } from '../../../src/domain/arn.ts';
import type { Region } from '../../../src/domain/region.ts';
import type { SourceName } from '../../../src/domain/source-name.ts';

const name = 'aws.partner/acme.example/crm/4711' as SourceName;

describe('a derived ARN', () => {
  test.each([
    ['eu-west-1', 'arn:aws:events:eu-west-1::event-source/aws.partner/acme.example/crm/4711'],
    ['cn-north-1', 'arn:aws-cn:events:cn-north-1::event-source/aws.partner/acme.example/crm/4711'],
    ['us-gov-west-1', 'arn:aws-us-gov:events:us-gov-west-1::event-source/aws.partner/acme.example/crm/4711'],
  ])('in %s names its partition, leaves the account empty and holds aws.partner once', (region, arn) => {
    expect(deriveSourceArn(region as Region, name)).toBe(arn);
  });
});

describe('an ARN', () => {
  const region = 'eu-west-1' as Region;
  const own = deriveSourceArn(region, name);

  test.each([own, own.replace('arn:aws:', 'arn:aws-iso:')])('is of the source that it names: %s', (arn) => {
    expect(isArnOfSource(arn, region, name)).toBe(true);
  });

  test.each([
    `${own}/more`,
    `${own}\n`,
    own.slice(0, -1),
    own.replace('eu-west-1', 'us-east-1'),
    own.replace('::', ':111111111111:'),
    own.replace(':events:', ':sns:'),
    own.replace('arn:aws:', 'arn::'),
    own.replace('arn:aws:', 'arn:AWS '),
    'AAAA',
    '',
  ])('is not: %j', (arn) => {
    expect(isArnOfSource(arn, region, name)).toBe(false);
  });
});
