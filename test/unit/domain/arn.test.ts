import { describe, expect, test } from 'vitest';
import { deriveSourceArn } from '../../../src/domain/arn.ts';
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
