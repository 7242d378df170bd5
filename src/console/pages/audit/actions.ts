import type { AuditAction, AuditEntry } from '../../../domain/audit.ts';
import { isDeliveryId, isImportId, isOnboardingId, isReplayId } from '../../../domain/ids.ts';
import type { IconName } from '../../views/icon.tsx';

/** What was done, as people say it. */
export const ACTION_WORDS: Readonly<Record<AuditAction, readonly [words: string, icon: IconName]>> = {
  replay: ['replayed', 'replay'],
  cancel: ['cancelled', 'slash'],
  pause: ['paused', 'pause'],
  resume: ['resumed', 'play'],
  drain: ['drained', 'drain'],
  losses: ['judged the missing sources of', 'alert'],
  renew: ['renewed', 'replay'],
  replayDelivery: ['resent', 'send'],
  sendDeliveries: ['sent all waiting', 'send'],
  testDelivery: ['sent a test event', 'send'],
  import: ['imported', 'inbox'],
  startReplay: ['started a bulk replay', 'replay'],
  cancelReplay: ['cancelled a bulk replay', 'slash'],
  login: ['logged in', 'key'],
  logout: ['logged out', 'leave'],
};

const REGION_ACTIONS: ReadonlySet<AuditAction> = new Set(['pause', 'drain', 'resume', 'losses']);

/** The page of what it was done to; undefined: it has none. */
export function subjectHref({ subject, action }: Pick<AuditEntry, 'subject' | 'action'>): string | undefined {
  if (isOnboardingId(subject)) return `/onboardings/${subject}`;
  if (isDeliveryId(subject)) return `/deliveries/${subject}`;
  if (isImportId(subject)) return `/imports/${subject}`;
  if (isReplayId(subject)) return `/replays/${subject}`;
  return REGION_ACTIONS.has(action) ? `/regions#${subject}` : undefined;
}
