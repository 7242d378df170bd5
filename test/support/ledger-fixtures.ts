import type { Followed } from '../../src/domain/connection.ts';
import { randomBytes } from 'node:crypto';
import type { NewOnboarding } from '../../src/domain/acceptance.ts';
import type { AccountId } from '../../src/domain/account.ts';
import type { ProvisioningError } from '../../src/domain/codec.ts';
import type { Delivery, DeliveryWrite } from '../../src/domain/delivery.ts';
import { onboardingId } from '../../src/domain/ids.ts';
import type { Onboarding, Status } from '../../src/domain/onboarding.ts';
import type { Region } from '../../src/domain/region.ts';
import type { NewAttempt, RoundWrite } from '../../src/domain/round.ts';
import type { SourceName } from '../../src/domain/source-name.ts';
import type { OpenLedger } from '../../src/ledger/ledger.ts';

/** A ledger, and a way to its tables for what the port does not offer on purpose. */
export interface LedgerUnderTest {
  readonly ledger: OpenLedger;
  /** The same one, as a service without WEBHOOK_URL has it. */
  readonly quiet: OpenLedger;
  readonly sql: (statement: string) => Promise<readonly Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** A Region of the test's own: all tests of a file share one ledger, and tell their rows apart by it. */
export const ownRegion = (): Region => `test-${randomBytes(6).toString('hex')}-1` as Region;

/** A text as an SQL literal. */
export const quotedSql = (text: string): string => `'${text.replaceAll("'", "''")}'`;

export const AT = '2026-03-01T12:00:00.123Z';
/** The instant `minutes` after {@link AT}. */
export const later = (minutes: number): string => new Date(Date.parse(AT) + minutes * 60_000).toISOString();

let made = 0;

/** Ids follow one another in the order in which they were made. */
export function newOnboarding(overrides: Partial<Record<keyof NewOnboarding, unknown>> = {}): NewOnboarding {
  made += 1;
  const createdAt = typeof overrides.createdAt === 'string' ? overrides.createdAt : AT;
  return {
    id: onboardingId(Date.parse(createdAt) + made, randomBytes(16)),
    account: '000000000101' as AccountId,
    region: 'us-east-1' as Region,
    sourceName: `aws.partner/acme.example/${randomBytes(8).toString('hex')}/orders` as SourceName,
    customerId: null,
    lane: 'bulk',
    status: 'accepted',
    metadata: {},
    callbackUrl: null,
    createdAt: AT,
    ...overrides,
  } as NewOnboarding;
}

export function provisioningError(overrides: Partial<ProvisioningError> = {}): ProvisioningError {
  return {
    code: 'InternalException',
    kind: 'transient',
    message: 'Try again.',
    retryable: true,
    requestId: 'req-1',
    at: later(1),
    ...overrides,
  };
}

export function newAttempt(overrides: Partial<NewAttempt> = {}): NewAttempt {
  return {
    outcome: 'transient',
    errorCode: 'InternalException',
    message: 'Try again.',
    requestId: 'req-1',
    durationMs: 12.5,
    at: later(1),
    ...overrides,
  };
}

/** As followed from its create on: the customer has not accepted it. */
export const FOLLOWED: Followed = {
  connection: 'waiting',
  awsState: 'pending',
  // Ahead of the database's own clock, too.
  expiresAt: '2099-03-08T12:02:00.123Z',
  expiresAtOrigin: 'assumed',
  connectedAt: null,
  checkedAt: null,
  nextCheckAt: later(3),
  checkError: null,
  lostSince: null,
  warnedMs: null,
};

export const RESULTS: { readonly [K in RoundWrite['result']['kind']]: RoundWrite['result'] & { kind: K } } = {
  provisioned: {
    kind: 'provisioned',
    outcome: 'created',
    source: {
      eventSourceArn: 'arn:aws:events:us-east-1::event-source/aws.partner/acme.example/a/orders',
      arnOrigin: 'described',
      ...FOLLOWED,
    },
  },
  retrying: {
    kind: 'retrying',
    error: provisioningError(),
    nextAttemptAt: later(5),
    rounds: 1,
    streak: 1,
  },
  failed: {
    kind: 'failed',
    error: provisioningError({ code: 'LimitExceededException', kind: 'quota', retryable: false }),
    rounds: 2,
    streak: 1,
  },
  interrupted: { kind: 'interrupted' },
};

/** Where the ledger under test tells what has no callback. */
export const WEBHOOK_URL = 'https://user:password@webhook.example/ends?key=secret';
export const ALERT_URL = 'https://alert.example/services/secret';
export const RECEIVERS = { webhookUrl: WEBHOOK_URL, alertUrl: ALERT_URL };

/** An endpoint of the test's own. */
export const newCallback = (): string => `https://callback.example/${randomBytes(6).toString('hex')}`;

/**
 * A failure counts against the endpoint, and asks for another attempt an hour after {@link AT}. Unless a lease is given,
 * it is the result of a run of a row that nobody has leased.
 */
export function deliveryWrite(
  { id, replays }: Pick<Delivery, 'id' | 'replays'>,
  kind: DeliveryWrite['result']['kind'],
  leasedUntil = null as unknown as string,
): DeliveryWrite {
  const works = kind === 'delivered';
  return {
    id,
    replays,
    leasedUntil,
    attempt: {
      at: later(10),
      origin: 'https://callback.example',
      statusCode: works ? 204 : 500,
      errorCode: works ? null : 'Http500',
      durationMs: 12.5,
      bodyStart: works ? '' : '<h1>Sorry 🏭</h1>',
    },
    result: kind === 'retry' ? { kind, nextAttemptAt: later(60) } : { kind },
    endpoint: works ? 'works' : 'fails',
  };
}

export function roundWrite(
  { id, replays, nextAttemptAt = null }: Pick<Onboarding, 'id' | 'replays'> & Partial<Onboarding>,
  kind: RoundWrite['result']['kind'],
  overrides: Partial<RoundWrite> = {},
): RoundWrite {
  return {
    id,
    replays,
    follows: nextAttemptAt,
    at: later(2),
    attempts: [newAttempt()],
    result: RESULTS[kind],
    ...overrides,
  };
}

/** Accepts one and brings it to a status by the port's own means. */
export async function onboardingIn(
  status: Status,
  { ledger }: Pick<LedgerUnderTest, 'ledger'>,
  overrides: Parameters<typeof newOnboarding>[0] = {},
): Promise<Onboarding> {
  const [acceptance] = await ledger.accept([newOnboarding({ region: ownRegion(), ...overrides })]);
  const { onboarding } = acceptance!;
  switch (status) {
    case 'accepted':
      break;
    case 'queued':
      await ledger.markQueued([onboarding], AT);
      break;
    case 'retrying':
    case 'provisioned':
    case 'failed':
      await ledger.saveRound(roundWrite(onboarding, status, { attempts: [] }));
      break;
    case 'cancelled':
      await ledger.cancel(onboarding.id, { replays: 0, actor: 'ann', reason: 'not wanted', at: later(2) });
  }
  return present(ledger, onboarding);
}

export async function present(ledger: OpenLedger, { id }: Pick<Onboarding, 'id'>): Promise<Onboarding> {
  const onboarding = await ledger.get(id);
  if (onboarding === undefined) throw new Error(`The ledger holds no ${id}.`);
  return onboarding;
}
