import { partitionOf, type Region } from './region.ts';
import type { SourceName } from './source-name.ts';

/**
 * The ARN that a partner event source has. The account field is empty and the name holds `aws.partner/` once
 * (Amazon EventBridge Partner Onboarding Guide, "Partner APIs"). Used when AWS's answers left the ARN out.
 */
export function deriveSourceArn(region: Region, sourceName: SourceName): string {
  return `arn:${partitionOf(region)}:events:${region}::event-source/${sourceName}`;
}
