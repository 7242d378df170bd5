import type { FaultKind } from '../domain/outcome.ts';

/** What a name alone decides. `alreadyExists` and `notFound` mean something only to the call that expects them. */
export type NameKind = FaultKind | 'alreadyExists' | 'notFound';

/**
 * Error names by what they mean for us, without their ending: AWS sends `AccessDenied` and
 * `AccessDeniedException`, `ValidationError` and `ValidationException`. Sources: the EventBridge model
 * (botocore, events/2015-10-07), AWS's "Common Errors" pages, the SDK's lists in @smithy/core.
 */
export const ERROR_STEMS: Readonly<Record<NameKind, readonly string[]>> = {
  alreadyExists: ['ResourceAlreadyExists'],
  notFound: ['ResourceNotFound'],
  // The SDK counts LimitExceededException as throttling. On a create it is a quota, which time does not cure.
  quota: ['LimitExceeded', 'ServiceQuotaExceeded'],
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
  operatorFault: [
    'AccessDenied',
    'AuthFailure',
    'ExpiredToken',
    'IncompleteSignature',
    'InvalidAccessKeyId',
    'InvalidClientTokenId',
    'InvalidIdentityToken',
    'InvalidSignature',
    'MissingAuthenticationToken',
    'NotAuthorized',
    'OptInRequired',
    'RequestExpired',
    'RequestInTheFuture',
    'RequestTimeTooSkewed',
    'SignatureDoesNotMatch',
    'SubscriptionRequired',
    'Unauthorized',
    'UnauthorizedOperation',
    'UnrecognizedClient',
  ],
  rejected: ['MissingParameter', 'Serialization', 'Validation'],
  transient: [
    'ConcurrentModification',
    'IDPCommunication',
    'Internal',
    'InternalFailure',
    'InternalServer',
    'InternalService',
    // An expired page token: a new list starts without one.
    'InvalidToken',
    'RequestTimeout',
    'ServiceFailure',
    'ServiceUnavailable',
    'Unavailable',
  ],
};

const KIND_BY_STEM: ReadonlyMap<string, NameKind> = new Map(
  (Object.keys(ERROR_STEMS) as NameKind[]).flatMap((kind) =>
    ERROR_STEMS[kind].map((stem) => [stem, kind] as const),
  ),
);

/** Families that are open-ended in the wild: looked at only when the exact name is not listed. */
const FAMILIES: readonly (readonly [pattern: RegExp, kind: NameKind])[] = [
  [/throttl|TooManyRequests/i, 'throttled'],
  [/^InvalidParameter/, 'rejected'],
];

/** What an error name of AWS means, or undefined for one that is not listed. */
export function kindOfName(name: string): NameKind | undefined {
  return (
    KIND_BY_STEM.get(name.replace(/(Exception|Error)$/, '')) ??
    FAMILIES.find(([pattern]) => pattern.test(name))?.[1]
  );
}
