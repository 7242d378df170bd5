import { partitionOf, type Region } from './region.ts';
import type { PartnerName } from './source-name.ts';

/** An IAM identity policy, as its JSON document has it. */
export interface IamPolicy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly {
    readonly Sid: string;
    readonly Effect: 'Allow';
    readonly Action: readonly string[];
    readonly Resource: readonly string[];
  }[];
}

/**
 * The least that this service needs: it creates sources and reads its own ones back. It neither deletes, nor
 * lists by prefix, nor publishes events; those belong to other roles.
 *
 * Actions, and the resource form with its empty account field: "Actions, resources, and condition keys for
 * Amazon EventBridge" (Service Authorization Reference). IAM alone is not enough: the account must also be
 * registered with AWS as a publishing account of the partner.
 * @param regions at least one; each is named, so that a stray Region is refused by IAM too
 */
export function leastPrivilegePolicy(grant: { partner: PartnerName; regions: readonly Region[] }): IamPolicy {
  return {
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
        Resource: grant.regions.map(
          (region) =>
            `arn:${partitionOf(region)}:events:${region}::event-source/aws.partner/${grant.partner}/*`,
        ),
      },
    ],
  };
}
