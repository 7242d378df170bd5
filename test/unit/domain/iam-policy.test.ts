import { describe, expect, test } from 'vitest';
import { leastPrivilegePolicy } from '../../../src/domain/iam-policy.ts';
import type { Region } from '../../../src/domain/region.ts';
import type { PartnerName } from '../../../src/domain/source-name.ts';

const partner = 'acme.example' as PartnerName;
const policyFor = (...regions: string[]) => leastPrivilegePolicy({ partner, regions: regions as Region[] });

describe('least-privilege policy', () => {
  test('allows creating and reading back the partner’s own sources, and nothing else', () => {
    expect(policyFor('us-east-1')).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'OnboardPartnerEventSources',
          Effect: 'Allow',
          Action: [
            'events:CreatePartnerEventSource',
            'events:DescribePartnerEventSource',
            'events:ListPartnerEventSourceAccounts',
          ],
          Resource: ['arn:aws:events:us-east-1::event-source/aws.partner/acme.example/*'],
        },
      ],
    });
  });

  test('names every Region, each in its own partition', () => {
    expect(policyFor('eu-west-1', 'cn-north-1', 'us-gov-west-1').Statement[0]?.Resource).toEqual([
      'arn:aws:events:eu-west-1::event-source/aws.partner/acme.example/*',
      'arn:aws-cn:events:cn-north-1::event-source/aws.partner/acme.example/*',
      'arn:aws-us-gov:events:us-gov-west-1::event-source/aws.partner/acme.example/*',
    ]);
  });

  test('ends the partner’s name with a slash, so that acme.example.test is another partner', () => {
    expect(policyFor('us-east-1').Statement[0]?.Resource[0]).toMatch(/aws\.partner\/acme\.example\/\*$/);
  });
});
