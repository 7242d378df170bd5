import type { Connection, Onboarding, Status } from '../../domain/onboarding.ts';
import type { Output } from '../output.ts';
import type { Style } from './style.ts';
import { detailsText, type Columns, type Reader } from './table.ts';

export const STATUS_STYLE: Readonly<Record<Status, Style>> = {
  accepted: 'busy',
  queued: 'busy',
  retrying: 'doubtful',
  provisioned: 'good',
  failed: 'bad',
  cancelled: 'quiet',
};

const CONNECTION_STYLE: Readonly<Record<Connection, Style>> = {
  waiting: 'busy',
  connected: 'good',
  disconnected: 'doubtful',
  expired: 'bad',
  removed: 'bad',
  unknown: 'doubtful',
};

/** For a file, under the names of the API: `onboard import` reads it, and leaves out what it does not know. */
export function onboardingSheet(onboardings: readonly Onboarding[]): Columns {
  return {
    head: [
      ...['id', 'status', 'account', 'region', 'sourceName', 'customerId', 'lane', 'eventSourceArn'],
      ...['connection', 'expiresAt', 'error', 'attempts', 'createdAt', 'completedAt'],
    ],
    rows: onboardings.map((it) => [
      ...[it.id, it.status, it.account, it.region, it.sourceName, it.customerId, it.lane, it.eventSourceArn],
      ...[
        it.connection,
        { instant: it.expiresAt },
        it.error?.code,
        it.attempts,
        { instant: it.createdAt },
        { instant: it.completedAt },
      ],
    ]),
  };
}

export function onboardingColumns(onboardings: readonly Onboarding[]): Columns {
  return {
    head: [
      ...['ID', 'STATUS', 'CONNECTION', 'REGION', 'ACCOUNT', 'SOURCE', 'CUSTOMER', 'ERROR', 'ATTEMPTS'],
      'CREATED',
    ],
    rows: onboardings.map((it) => [
      it.id,
      { text: it.status, style: STATUS_STYLE[it.status] },
      it.connection === null ? null : { text: it.connection, style: CONNECTION_STYLE[it.connection] },
      it.region,
      it.account,
      it.sourceName,
      it.customerId,
      it.error?.code,
      it.attempts,
      { instant: it.createdAt },
    ]),
    // Of a source both ends tell: whose it is, and which.
    cut: { CUSTOMER: 'ends', SOURCE: 'ends', ERROR: 'start' },
    spare: ['ATTEMPTS', 'CREATED', 'ACCOUNT', 'CONNECTION', 'ERROR', 'SOURCE'],
  };
}

/** One onboarding in full. */
export const onboardingOutput = (value: Onboarding): Output => ({
  value,
  parts: [(reader) => onboardingDetails(value, reader)],
});

export function onboardingDetails(it: Onboarding, reader: Reader): string {
  const status = it.outcome === null ? it.status : `${it.status} (${it.outcome})`;
  return detailsText(
    [
      ['id', it.id],
      ['status', { text: status, style: STATUS_STYLE[it.status] }],
      ['account', it.account],
      ['region', it.region],
      ['source', it.sourceName],
      ['arn', it.eventSourceArn === null ? null : `${it.eventSourceArn} (${it.arnOrigin ?? 'unknown'})`],
      [
        'connection',
        it.connection === null ? null : { text: it.connection, style: CONNECTION_STYLE[it.connection] },
      ],
      ['aws state', it.awsState],
      ['expires', { instant: it.expiresAt }],
      ['connected', { instant: it.connectedAt }],
      ['checked', { instant: it.checkedAt }],
      ['next check', { instant: it.nextCheckAt }],
      ['check error', it.checkError === null ? null : { text: it.checkError.code, style: 'bad' }],
      ['customer', it.customerId],
      ['lane', it.lane],
      ['attempts', it.attempts],
      ['replays', it.replays],
      ['error', it.error === null ? null : { text: `${it.error.code}: ${it.error.message}`, style: 'bad' }],
      ['next attempt', { instant: it.nextAttemptAt }],
      ...Object.entries(it.metadata).map(([key, value]) => [`metadata.${key}`, value] as const),
      ['callback', it.callbackUrl],
      ['created', { instant: it.createdAt }],
      ['completed', { instant: it.completedAt }],
    ],
    reader,
  );
}
