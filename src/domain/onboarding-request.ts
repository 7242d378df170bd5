import { parseAccount } from './account.ts';
import { parseCallbackUrl } from './callback-url.ts';
import { invalid, ISSUES_MAX, valid, type Checked, type FieldIssue } from './field-issue.ts';
import { parseMetadata } from './metadata.ts';
import { LANES, type Lane, type OnboardingRequest } from './onboarding.ts';
import { parseRegion, type Region } from './region.ts';
import { buildSourceName, parseSourceName, type PartnerName, type SourceName } from './source-name.ts';
import { isGiven, isReservedKey, notText, parseText, shownKey } from './text.ts';

/** What a request is checked against. */
export interface RequestRules {
  readonly partner: PartnerName;
  readonly regions: readonly Region[];
  /** Used when the request names no lane: `live` for single calls, `bulk` for imports. */
  readonly defaultLane: Lane;
  /** CALLBACK_ALLOW_HOSTS: `callbackUrl` may be plain http there. */
  readonly callbackAllowHosts?: readonly string[];
}

export const REQUEST_FIELDS = [
  'account',
  'region',
  'eventNamespace',
  'eventName',
  'sourceName',
  'customerId',
  'lane',
  'metadata',
  'callbackUrl',
] as const;

export const CUSTOMER_ID_MAX_LENGTH = 256;

type Fields = Record<string, unknown>;

/**
 * Checks one onboarding request, from whichever way it came in, and reports everything that is wrong with it
 * at once. Nothing is rewritten.
 */
export function parseOnboardingRequest(input: unknown, rules: RequestRules): Checked<OnboardingRequest> {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return invalid({
      field: 'body',
      code: 'invalid_type',
      message: 'Send one JSON object with account, region, eventNamespace and eventName.',
    });
  }
  const fields = input as Fields;
  const account = parseAccount(fields['account']);
  const region = parseRegion(fields['region'], rules.regions);
  const sourceName = parseName(fields, rules.partner);
  const customerId = parseText(fields['customerId'], 'customerId', CUSTOMER_ID_MAX_LENGTH);
  const lane = parseLane(fields['lane'], rules.defaultLane);
  const metadata = parseMetadata(fields['metadata']);
  const callbackUrl = parseCallbackUrl(fields['callbackUrl'], rules.callbackAllowHosts);
  const unknown = unknownFields(fields);

  if (
    account.ok &&
    region.ok &&
    sourceName.ok &&
    customerId.ok &&
    lane.ok &&
    metadata.ok &&
    callbackUrl.ok &&
    unknown.length === 0
  ) {
    return valid({
      account: account.value,
      region: region.value,
      sourceName: sourceName.value,
      customerId: customerId.value,
      lane: lane.value,
      metadata: metadata.value,
      callbackUrl: callbackUrl.value,
    });
  }
  const checks: readonly Checked<unknown>[] = [
    account,
    region,
    sourceName,
    customerId,
    lane,
    metadata,
    callbackUrl,
  ];
  return invalid(...checks.flatMap((check) => (check.ok ? [] : check.issues)), ...unknown);
}

function parseName(fields: Fields, partner: PartnerName): Checked<SourceName> {
  const { sourceName, eventNamespace, eventName } = fields;
  if (isGiven(sourceName)) {
    if (isGiven(eventNamespace) || isGiven(eventName)) {
      return invalid({
        field: 'sourceName',
        code: 'conflicting_fields',
        message: 'Send either sourceName or eventNamespace with eventName, not both.',
      });
    }
    if (typeof sourceName !== 'string') return invalid(notText('sourceName'));
    return parseSourceName(partner, sourceName);
  }
  const issues = [
    ...namePartIssues(eventNamespace, 'eventNamespace'),
    ...namePartIssues(eventName, 'eventName'),
  ];
  if (issues.length > 0) return invalid(...issues);
  return buildSourceName(partner, eventNamespace as string, eventName as string);
}

function namePartIssues(value: unknown, field: 'eventNamespace' | 'eventName'): FieldIssue[] {
  if (!isGiven(value) || value === '') {
    const what =
      field === 'eventName' ? 'one segment, unique for this customer' : 'one or more segments joined by "/"';
    return [{ field, code: 'required', message: `Give ${field} (${what}), or the whole sourceName.` }];
  }
  return typeof value === 'string' ? [] : [notText(field)];
}

function parseLane(value: unknown, fallback: Lane): Checked<Lane> {
  if (!isGiven(value)) return valid(fallback);
  const lane = LANES.find((candidate) => candidate === value);
  if (lane === undefined) {
    return invalid({
      field: 'lane',
      code: 'invalid_lane',
      message: 'The lane is "live" (a person waits) or "bulk".',
    });
  }
  return valid(lane);
}

function unknownFields(fields: Fields): FieldIssue[] {
  const known: readonly string[] = REQUEST_FIELDS;
  return Object.keys(fields)
    .filter((field) => !known.includes(field))
    .slice(0, ISSUES_MAX)
    .map((field) => ({
      field: shownKey(field),
      code: isReservedKey(field) ? 'reserved_key' : 'unknown_field',
      message: `There is no such field; there are: ${known.join(', ')}.`,
    }));
}
