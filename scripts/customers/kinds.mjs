/**
 * What the rows are made of. `word` scripts the sandbox through the source's last name segment (see "Sandbox
 * faults" in the documentation); `expect` is what the service must make of it.
 */
const PROVISIONED = 'provisioned';

export const PROVISIONING_KINDS = [
  // Transient: cured by retrying. Up to 2 within a second, 3 and more through the queue's long retry.
  { word: 'cme-1', expect: PROVISIONED, count: 18 },
  { word: 'cme-2', expect: PROVISIONED, count: 12 },
  { word: 'cme-4', expect: PROVISIONED, count: 6 },
  { word: 'internal-1', expect: PROVISIONED, count: 12 },
  { word: 'internal-2', expect: PROVISIONED, count: 6 },
  { word: 'internal-5', expect: PROVISIONED, count: 3 },
  { word: 'reset-1', expect: PROVISIONED, count: 18 },
  { word: 'html-1', expect: PROVISIONED, count: 15 },
  { word: 'unavailable-1', expect: PROVISIONED, count: 12 },
  { word: 'unavailable-2', expect: PROVISIONED, count: 3 },
  { word: 'hang-1', expect: PROVISIONED, count: 3 },
  // Throttled: waits, and spends nothing.
  { word: 'throttle-1', expect: PROVISIONED, count: 15 },
  { word: 'throttle-2', expect: PROVISIONED, count: 3 },
  // Lost reply: AWS made the source, the answer never came or cannot be read.
  { word: 'applied-1', expect: PROVISIONED, count: 21 },
  { word: 'garbage-1', expect: PROVISIONED, count: 15 },
  // There already, ours; and an answer without an ARN.
  { word: 'mine', expect: PROVISIONED, count: 18 },
  { word: 'noarn', expect: PROVISIONED, count: 18 },
  // Credentials: an operator's fault, for which no customer is failed.
  { word: 'expired-1', expect: PROVISIONED, count: 3 },
  // Failed permanently.
  { word: 'other', expect: 'failed:AccountConflict', count: 30 },
  { word: 'limit', expect: 'failed:LimitExceededException', count: 24 },
  { word: 'disabled', expect: 'failed:OperationDisabledException', count: 18 },
  { word: 'invalid', expect: 'failed:ValidationException', count: 15 },
  { word: 'gone', expect: 'failed:Unsettled', count: 15 },
];

/**
 * Faults that pass: the first budget fails by them for certain, and a replay finds them gone. In a demo of failures a
 * budget is one round (src/cli/demo/service-env.ts). AWS's wish to wait rules out quick tries, so that round is one
 * create; where an answer can carry no wish it is three, and should a slow machine leave some out, those of the replay
 * outlive the rest.
 */
const ONCE = '1.after-1';
const THRICE = '3';
/** Throttling ends at the deadline of 15 s, within which the waits leave room for five or six calls. */
const THROTTLES = 6;

export const FAILURE_KINDS = [
  { word: 'other', expect: 'failed:AccountConflict' },
  { word: 'limit', expect: 'failed:LimitExceededException' },
  { word: `internal-${ONCE}`, expect: 'failed:InternalException' },
  { word: 'disabled', expect: 'failed:OperationDisabledException' },
  { word: 'invalid', expect: 'failed:ValidationException' },
  { word: 'gone', expect: 'failed:Unsettled' },
  // A name that no AWS model holds, retried until the attempts are used up.
  { word: 'unknown', expect: 'failed:UnforeseenPartnerException' },
  { word: `unavailable-${ONCE}`, expect: 'failed:ServiceUnavailable' },
  { word: `reset-${THRICE}`, expect: 'failed:ConnectionFailed' },
  { word: `cme-${ONCE}`, expect: 'failed:ConcurrentModificationException' },
  { word: `html-${THRICE}`, expect: 'failed:UnreadableResponse' },
];

/**
 * At most one in a Region. Throttling slows the whole Region down, and ends at the deadline. A denial is the
 * onboarding's own only while others succeed after it, so it stands in front of them, and a third one would open the
 * Region's circuit.
 */
export const RARE_FAILURE_KINDS = [
  { word: 'denied', expect: 'failed:AccessDeniedException' },
  { word: `throttle-${THROTTLES}`, expect: 'failed:ThrottlingException' },
];

/** In this order and over again; the first eleven hold every kind that is not rare. */
export const FAILURE_MIX = [
  ...FAILURE_KINDS.map(({ word }) => word),
  'other',
  'limit',
  `internal-${ONCE}`,
  'limit',
  'disabled',
];

/** Rows that intake refuses: each change makes exactly one thing wrong with a good row. */
export const REJECTED_KINDS = [
  // A spreadsheet ate the leading zero.
  { expect: 'invalid_account', change: (row) => ({ account: row.account.slice(1) }) },
  {
    expect: 'invalid_account',
    change: ({ account }) => ({ account: `${account}0` }),
  },
  { expect: 'invalid_account', change: ({ account }) => ({ account: `${account.slice(0, 11)}O` }) },
  { expect: 'invalid_account', change: () => ({ account: '1.23457E+11' }) },
  { expect: 'required', change: () => ({ account: '' }) },
  { expect: 'region_not_registered', change: () => ({ region: 'sa-east-1' }) },
  { expect: 'region_not_registered', change: () => ({ region: 'us-east1' }) },
  { expect: 'required', change: () => ({ region: '' }) },
  { expect: 'invalid_source_name', change: ({ eventName }) => ({ eventName: `${eventName} (EU)` }) },
  { expect: 'invalid_source_name', change: () => ({ eventName: 'aufträge' }) },
  {
    expect: 'invalid_source_name',
    change: ({ eventNamespace }) => ({ eventNamespace: `${eventNamespace}/` }),
  },
  { expect: 'invalid_source_name', change: () => ({ eventName: '..' }) },
  { expect: 'required', change: () => ({ eventName: '' }) },
  {
    expect: 'source_name_too_long',
    change: ({ eventName }) => ({ eventName: `${eventName}-${'x'.repeat(240)}` }),
  },
  {
    expect: 'conflicting_fields',
    change: ({ eventNamespace, eventName }) => ({
      sourceName: `aws.partner/acme.example/${eventNamespace}/${eventName}`,
    }),
  },
  {
    expect: 'wrong_partner',
    change: ({ eventNamespace, eventName }) => ({
      eventNamespace: '',
      eventName: '',
      sourceName: `aws.partner/other.example/${eventNamespace}/${eventName}`,
    }),
  },
  { expect: 'invalid_lane', change: () => ({ lane: 'urgent' }) },
  { expect: 'invalid_url', change: () => ({ callbackUrl: 'http://signup.acme.example/done' }) },
  { expect: 'too_long', change: ({ customerId }) => ({ customerId: customerId.padEnd(257, '0') }) },
  {
    expect: 'unreadable_row',
    change: () => ({ 'metadata.company': 'Smith, Weber & Partners', unquoted: 'metadata.company' }),
  },
];
