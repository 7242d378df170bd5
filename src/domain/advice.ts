import { ADVICE_ON_CALLS } from './advice-on-calls.ts';
import { ADVICE_ON_SOURCES } from './advice-on-sources.ts';
import type { Advice, AdviceText } from './advice-topic.ts';
import type { AttemptOutcomeKind } from './outcome-kind.ts';

export type { Advice } from './advice-topic.ts';

const TEXTS = { ...ADVICE_ON_SOURCES, ...ADVICE_ON_CALLS };

type AdviceTopic = keyof typeof TEXTS;

/** Each topic has a page in docs/runbooks: `quotaReached` has quota-reached.md. */
const ADVICE = Object.fromEntries(
  Object.entries<AdviceText>(TEXTS).map(([topic, text]) => {
    const page = topic.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    return [topic, { ...text, runbook: `docs/runbooks/${page}.md` } satisfies Advice];
  }),
) as Record<AdviceTopic, Advice>;

/**
 * Names by what helps against them, without AWS's endings `Exception` and `Error`. Every name that
 * src/aws/error-names.ts knows stands here, and every code of our own; test/unit/domain/advice.test.ts compares.
 */
const NAMES: Readonly<Record<AdviceTopic, readonly string[]>> = {
  accountConflict: ['AccountConflict'],
  unsettled: ['Unsettled', 'ResourceAlreadyExists', 'ResourceNotFound'],
  quotaReached: ['LimitExceeded', 'ServiceQuotaExceeded'],
  regionOff: ['OperationDisabled'],
  throttled: [
    'BandwidthLimitExceeded',
    'EC2Throttled',
    'PriorRequestNotComplete',
    'ProvisionedThroughputExceeded',
    'RequestLimitExceeded',
    'RequestThrottled',
    'SlowDown',
    'Throttled',
    'Throttling',
    'TooManyRequests',
    'TransactionInProgress',
  ],
  accessDenied: ['AccessDenied', 'NotAuthorized', 'Unauthorized', 'UnauthorizedOperation'],
  credentials: [
    'AuthFailure',
    'CredentialsUnavailable',
    'ExpiredToken',
    'InvalidAccessKeyId',
    'InvalidClientTokenId',
    'InvalidIdentityToken',
    'MissingAuthenticationToken',
    'UnrecognizedClient',
  ],
  signature: [
    'IncompleteSignature',
    'InvalidSignature',
    'RequestExpired',
    'RequestInTheFuture',
    'RequestTimeTooSkewed',
    'SignatureDoesNotMatch',
  ],
  notSubscribed: ['OptInRequired', 'SubscriptionRequired'],
  rejected: ['MissingParameter', 'Serialization', 'Validation'],
  concurrentModification: ['ConcurrentModification'],
  awsFault: [
    'IDPCommunication',
    'Internal',
    'InternalFailure',
    'InternalServer',
    'InternalService',
    'InvalidToken',
    'ServiceFailure',
    'ServiceUnavailable',
    'Unavailable',
  ],
  timeout: ['RequestTimeout', 'Timeout'],
  connectionFailed: ['ConnectionFailed'],
  unreadableResponse: ['UnreadableResponse'],
  malformedJob: ['MalformedJob'],
  unknownError: [],
};

const TOPIC_BY_NAME: ReadonlyMap<string, AdviceTopic> = new Map(
  (Object.keys(NAMES) as AdviceTopic[]).flatMap((topic) =>
    NAMES[topic].map((name) => [name, topic] as const),
  ),
);

/** For names that are not listed. An unknown name is judged `transient`, so that kind says no more. */
const TOPIC_BY_KIND: Readonly<Record<AttemptOutcomeKind, AdviceTopic>> = {
  created: 'unknownError',
  adopted: 'unknownError',
  conflict: 'accountConflict',
  unsettled: 'unsettled',
  transient: 'unknownError',
  throttled: 'throttled',
  quota: 'quotaReached',
  regionOff: 'regionOff',
  operatorFault: 'credentials',
  rejected: 'rejected',
};

/**
 * What an operator should know and do about an error. @param code as the onboarding's error has
 * it: AWS's own name or ours @param kind decides for names that are not listed
 */
export function adviceFor(code: string, kind?: AttemptOutcomeKind): Advice {
  const listed = TOPIC_BY_NAME.get(code.replace(/(Exception|Error)$/, ''));
  return ADVICE[listed ?? (kind === undefined ? 'unknownError' : TOPIC_BY_KIND[kind])];
}
