import { parseAccount } from './account.ts';
import { parseCallbackUrl } from './callback-url.ts';
import { invalid, valid, type Checked, type FieldIssue } from './field-issue.ts';
import { allValid, isObject, unknownFields, type Fields } from './fields.ts';
import { parseMetadata } from './metadata.ts';
import { LANES, type Lane, type OnboardingRequest } from './onboarding.ts';
import { parseRegion, type Region } from './region.ts';
import { buildSourceName, parseSourceName, type PartnerName, type SourceName } from './source-name.ts';
import { shown } from './shown.ts';
import { isGiven, notText, parseText } from './text.ts';

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

/**
 * Checks one onboarding request, from whichever way it came in, and reports everything that is wrong with it
 * at once. Nothing is rewritten.
 */
export function parseOnboardingRequest(input: unknown, rules: RequestRules): Checked<OnboardingRequest> {
  if (!isObject(input)) {
    return invalid({
      field: 'body',
      code: 'invalid_type',
      message: `Send one JSON object with account, region, eventNamespace and eventName, not ${shown(input)}.`,
    });
  }
  return allValid(
    {
      account: parseAccount(input['account']),
      region: parseRegion(input['region'], rules.regions),
      sourceName: parseName(input, rules.partner),
      customerId: parseText(input['customerId'], 'customerId', CUSTOMER_ID_MAX_LENGTH),
      lane: parseLane(input['lane'], rules.defaultLane),
      metadata: parseMetadata(input['metadata']),
      callbackUrl: parseCallbackUrl(input['callbackUrl'], rules.callbackAllowHosts),
    },
    ...unknownFields(input, REQUEST_FIELDS),
  );
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
    if (typeof sourceName !== 'string') return invalid(notText('sourceName', sourceName));
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
  return typeof value === 'string' ? [] : [notText(field, value)];
}

function parseLane(value: unknown, fallback: Lane): Checked<Lane> {
  if (!isGiven(value)) return valid(fallback);
  const lane = LANES.find((candidate) => candidate === value);
  if (lane === undefined) {
    return invalid({
      field: 'lane',
      code: 'invalid_lane',
      message: `The lane is "live" (a person waits) or "bulk", not ${shown(value)}.`,
    });
  }
  return valid(lane);
}
