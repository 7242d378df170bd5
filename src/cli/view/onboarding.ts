import type { Onboarding } from '../domain/onboarding.ts';
import { detailsText, type Columns } from './table.ts';

export function onboardingColumns(onboardings: readonly Onboarding[]): Columns {
  return {
    head: ['ID', 'STATUS', 'REGION', 'ACCOUNT', 'SOURCE', 'CUSTOMER', 'ERROR', 'ATTEMPTS', 'CREATED'],
    rows: onboardings.map((it) => [
      it.id,
      it.status,
      it.region,
      it.account,
      it.sourceName,
      it.customerId,
      it.error?.code,
      it.attempts,
      it.createdAt,
    ]),
  };
}

export function onboardingDetails(it: Onboarding): string {
  return detailsText([
    ['id', it.id],
    ['status', it.outcome === null ? it.status : `${it.status} (${it.outcome})`],
    ['account', it.account],
    ['region', it.region],
    ['source', it.sourceName],
    ['arn', it.eventSourceArn === null ? null : `${it.eventSourceArn} (${it.arnOrigin ?? 'unknown'})`],
    ['aws state', it.awsState],
    ['expires', it.expiresAt],
    ['customer', it.customerId],
    ['lane', it.lane],
    ['attempts', it.attempts],
    ['replays', it.replays],
    ['error', it.error === null ? null : `${it.error.code}: ${it.error.message}`],
    ['next attempt', it.nextAttemptAt],
    ...Object.entries(it.metadata).map(([key, value]) => [`metadata.${key}`, value] as const),
    ['callback', it.callbackUrl],
    ['created', it.createdAt],
    ['completed', it.completedAt],
  ]);
}
