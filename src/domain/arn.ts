import { partitionOf, type Region } from './region.ts';
import type { SourceName } from './source-name.ts';

/**
 * The ARN that a partner event source has. The account field is empty and the name holds `aws.partner/` once
 * (Amazon EventBridge Partner Onboarding Guide, "Partner APIs"). Used when AWS's answers left the ARN out.
 */
export function deriveSourceArn(region: Region, sourceName: SourceName): string {
  return `arn:${partitionOf(region)}:events:${region}::event-source/${sourceName}`;
}

/** Whether a text is the ARN of this very source, in whatever partition AWS says that the Region is. */
export function isArnOfSource(arn: string, region: Region, sourceName: SourceName): boolean {
  const [prefix, partition, service, ...rest] = arn.split(':');
  if (prefix !== 'arn' || service !== 'events' || !/^aws[a-z-]*$/.test(partition ?? '')) return false;
  return rest.join(':') === `${region}::event-source/${sourceName}`;
}
