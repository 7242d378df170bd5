import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Status } from '../../src/domain/onboarding.ts';
import type { AttemptOutcomeKind } from '../../src/domain/outcome-kind.ts';
import { idOf, request, startService, type RunningService } from '../support/running-service.ts';

interface Row {
  readonly what: string;
  /** The source's last segment, which scripts the sandbox. */
  readonly script: string;
  readonly status: Status;
  readonly outcome?: 'created' | 'adopted';
  readonly arnOrigin?: 'created' | 'described' | 'derived';
  readonly error?: { code: string; kind: AttemptOutcomeKind; retryable: boolean };
  readonly attempts: readonly (readonly [AttemptOutcomeKind, string | null])[];
  /** Creates, lists and describes that AWS saw. */
  readonly calls: readonly [creates: number, lists: number, describes: number];
  readonly env?: Readonly<Record<string, string>>;
}

const OK = ['created', null] as const;
const ADOPTED = ['adopted', null] as const;

/** Each row of the outcome → decision table, from the wire to the ledger. */
const ROWS: readonly Row[] = [
  {
    what: '200 with an ARN',
    script: 'plain',
    status: 'provisioned',
    outcome: 'created',
    arnOrigin: 'created',
    attempts: [OK],
    calls: [1, 0, 0],
  },
  {
    what: '200 without an ARN, read back',
    script: 'noarn',
    status: 'provisioned',
    outcome: 'created',
    arnOrigin: 'described',
    attempts: [OK],
    calls: [1, 0, 1],
  },
  {
    what: '200 without an ARN, and the read fails',
    script: 'noarn.describefail-9',
    status: 'provisioned',
    outcome: 'created',
    arnOrigin: 'derived',
    attempts: [OK],
    calls: [1, 0, 1],
  },
  {
    what: 'AlreadyExists for our own account',
    script: 'mine',
    status: 'provisioned',
    outcome: 'adopted',
    arnOrigin: 'described',
    attempts: [ADOPTED],
    calls: [1, 1, 1],
  },
  {
    what: 'AlreadyExists for another account',
    script: 'other',
    status: 'failed',
    error: { code: 'AccountConflict', kind: 'conflict', retryable: false },
    attempts: [['conflict', 'AccountConflict']],
    calls: [1, 1, 0],
  },
  {
    what: 'AlreadyExists, but its record is DELETED',
    script: 'gone',
    status: 'failed',
    error: { code: 'Unsettled', kind: 'unsettled', retryable: true },
    attempts: Array.from({ length: 5 }, () => ['unsettled', 'Unsettled'] as const),
    calls: [5, 5, 0],
  },
  {
    what: 'AlreadyExists, and the accounts list fails twice',
    script: 'mine.listfail-2',
    status: 'provisioned',
    outcome: 'adopted',
    arnOrigin: 'described',
    attempts: [['transient', 'InternalException'], ['transient', 'InternalException'], ADOPTED],
    calls: [3, 3, 1],
  },
  {
    what: 'ConcurrentModification, within the quick tries',
    script: 'cme-2',
    status: 'provisioned',
    outcome: 'created',
    arnOrigin: 'created',
    attempts: [
      ['transient', 'ConcurrentModificationException'],
      ['transient', 'ConcurrentModificationException'],
      OK,
    ],
    calls: [3, 0, 0],
  },
  {
    what: 'ConcurrentModification, through the queue',
    script: 'cme-4',
    status: 'provisioned',
    outcome: 'created',
    arnOrigin: 'created',
    attempts: [
      ...Array.from({ length: 4 }, () => ['transient', 'ConcurrentModificationException'] as const),
      OK,
    ],
    calls: [5, 0, 0],
  },
  {
    what: 'InternalException',
    script: 'internal-1',
    status: 'provisioned',
    outcome: 'created',
    arnOrigin: 'created',
    attempts: [['transient', 'InternalException'], OK],
    calls: [2, 0, 0],
  },
  {
    what: '503 as JSON',
    script: 'unavailable-1',
    status: 'provisioned',
    outcome: 'created',
    arnOrigin: 'created',
    attempts: [['transient', 'ServiceUnavailable'], OK],
    calls: [2, 0, 0],
  },
  {
    what: '503 as HTML',
    script: 'html-1',
    status: 'provisioned',
    outcome: 'created',
    arnOrigin: 'created',
    attempts: [['transient', 'UnreadableResponse'], OK],
    calls: [2, 0, 0],
  },
  {
    what: 'a connection that is cut',
    script: 'reset-1',
    status: 'provisioned',
    outcome: 'created',
    arnOrigin: 'created',
    attempts: [['transient', 'ConnectionFailed'], OK],
    calls: [2, 0, 0],
  },
  {
    what: 'an answer that never comes',
    script: 'hang-1',
    status: 'provisioned',
    outcome: 'created',
    arnOrigin: 'created',
    attempts: [['transient', 'Timeout'], OK],
    calls: [2, 0, 0],
    env: { AWS_TIMEOUT_MS: '200' },
  },
  {
    what: 'a reply lost after AWS applied the call',
    script: 'applied-1',
    status: 'provisioned',
    outcome: 'adopted',
    arnOrigin: 'described',
    attempts: [['transient', 'ConnectionFailed'], ADOPTED],
    calls: [2, 1, 1],
  },
  {
    what: 'a truncated 200 after AWS applied the call',
    script: 'garbage-1',
    status: 'provisioned',
    outcome: 'adopted',
    arnOrigin: 'described',
    attempts: [['transient', 'UnreadableResponse'], ADOPTED],
    calls: [2, 1, 1],
  },
  {
    what: 'transient faults until the rounds are spent',
    script: 'cme-99',
    status: 'failed',
    error: { code: 'ConcurrentModificationException', kind: 'transient', retryable: true },
    attempts: Array.from({ length: 6 }, () => ['transient', 'ConcurrentModificationException'] as const),
    calls: [6, 0, 0],
    env: { ATTEMPTS_MAX: '2' },
  },
  {
    what: 'Throttling, without spending a round',
    script: 'throttle-2',
    status: 'provisioned',
    outcome: 'created',
    arnOrigin: 'created',
    attempts: [['throttled', 'ThrottlingException'], ['throttled', 'ThrottlingException'], OK],
    calls: [3, 0, 0],
    env: { ATTEMPTS_MAX: '1' },
  },
  {
    what: 'expired credentials, without spending a round',
    script: 'expired-2',
    status: 'provisioned',
    outcome: 'created',
    arnOrigin: 'created',
    attempts: [['operatorFault', 'ExpiredTokenException'], ['operatorFault', 'ExpiredTokenException'], OK],
    calls: [3, 0, 0],
    env: { ATTEMPTS_MAX: '1' },
  },
  {
    what: 'LimitExceeded',
    script: 'limit',
    status: 'failed',
    error: { code: 'LimitExceededException', kind: 'quota', retryable: false },
    attempts: [['quota', 'LimitExceededException']],
    calls: [1, 0, 0],
  },
  {
    what: 'OperationDisabled',
    script: 'disabled',
    status: 'failed',
    error: { code: 'OperationDisabledException', kind: 'regionOff', retryable: false },
    attempts: [['regionOff', 'OperationDisabledException']],
    calls: [1, 0, 0],
  },
  {
    what: 'Validation',
    script: 'invalid',
    status: 'failed',
    error: { code: 'ValidationException', kind: 'rejected', retryable: false },
    attempts: [['rejected', 'ValidationException']],
    calls: [1, 0, 0],
  },
];

describe('the outcome table, from the wire to the ledger', () => {
  let shared: RunningService;
  beforeAll(async () => {
    shared = await startService({ stopWith: afterAll });
  });

  it.each(ROWS)('$what ($script)', async (row) => {
    const service = row.env === undefined ? shared : await startService({ env: row.env });
    const reply = await service.post(request(row.script));
    expect(reply.statusCode).toBe(202);
    const ended = await service.until(idOf(reply), 'provisioned', 'failed');

    expect(ended).toMatchObject({
      status: row.status,
      outcome: row.outcome ?? null,
      arnOrigin: row.arnOrigin ?? null,
      attempts: row.attempts.length,
      nextAttemptAt: null,
    });
    expect(ended.completedAt).not.toBeNull();
    if (row.error === undefined) {
      expect(ended.error).toBeNull();
      expect(ended.eventSourceArn).toBe(`arn:aws:events:us-east-1::event-source/${ended.sourceName}`);
    } else {
      expect(ended.error).toMatchObject(row.error);
      expect(ended.eventSourceArn).toBeNull();
    }

    const attempts = await service.attempts(ended.id);
    expect(attempts.map(({ outcome, errorCode }) => [outcome, errorCode])).toEqual(row.attempts);
    expect(attempts.map(({ number }) => number)).toEqual(attempts.map((_, index) => index + 1));

    const calls = service.sandbox.books.calls({ region: 'us-east-1', name: ended.sourceName }).recent;
    const count = (operation: string): number => calls.filter((call) => call.operation === operation).length;
    expect([
      count('CreatePartnerEventSource'),
      count('ListPartnerEventSourceAccounts'),
      count('DescribePartnerEventSource'),
    ]).toEqual(row.calls);
  });

  it('an operator fault never fails an onboarding, and it waits until the Region answers again', async () => {
    const service = await startService({ env: { ATTEMPTS_MAX: '1' } });
    const mode = (error: string | null): Promise<Response> =>
      fetch(`${service.sandbox.url}/__sandbox/mode`, {
        method: 'POST',
        body: JSON.stringify({ error, region: 'us-east-1' }),
      });
    await mode('AccessDeniedException');
    const id = idOf(await service.post(request('plain')));
    const waiting = await service.until(id, 'retrying', 'failed');
    expect(waiting).toMatchObject({
      status: 'retrying',
      error: { code: 'AccessDeniedException', kind: 'operatorFault' },
    });
    await mode(null);
    expect(await service.until(id, 'provisioned', 'failed')).toMatchObject({ status: 'provisioned' });
  });

  it('LimitExceeded waits for a next round when the operator configured a wait', async () => {
    const service = await startService({ env: { LIMIT_EXCEEDED_WAIT_MINUTES: '5' } });
    const id = idOf(await service.post(request('limit')));
    const waiting = await service.until(id, 'retrying', 'failed');
    expect(waiting).toMatchObject({ status: 'retrying', error: { code: 'LimitExceededException' } });
    const waitMs = Date.parse(waiting.nextAttemptAt ?? '') - Date.now();
    expect(waitMs).toBeGreaterThan(290_000);
    expect(waitMs).toBeLessThanOrEqual(300_000);
  });

  it('a conflict does not name the other account to whoever asked', async () => {
    const service = await startService();
    const id = idOf(await service.post(request('other')));
    const failed = await service.until(id, 'failed');
    const holder = service.sandbox.books.sources({ name: failed.sourceName })[0]?.account ?? '';
    expect(holder).toMatch(/^[0-9]{12}$/);
    expect(JSON.stringify(failed)).not.toContain(holder);
    expect(JSON.stringify(await service.attempts(id))).toContain(holder);
  });
});
