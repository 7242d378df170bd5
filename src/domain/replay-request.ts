import { parseAccount } from './account.ts';
import { invalid, ISSUES_MAX, valid, type Checked, type FieldIssue } from './field-issue.ts';
import { allValid, isObject, issuesOf, unknownFields } from './fields.ts';
import { isOnboardingId, type OnboardingId } from './ids.ts';
import { parseInstant } from './instant.ts';
import {
  ERROR_CODES_MAX,
  REPLAY_IDS_MAX,
  REPLAY_RATE_MAX,
  type ReplayFilter,
  type ReplayRequest,
} from './replay.ts';
import { isRegionCode } from './region.ts';
import { shown } from './shown.ts';
import { isGiven, notText, parseText } from './text.ts';

const TEXT_MAX_LENGTH = 256;
const SEARCH_MAX_LENGTH = 200;
const REASON_MAX_LENGTH = 500;

/** Checks what an operator asks for, and reports everything that is wrong with it at once. */
export function parseReplayRequest(input: unknown): Checked<ReplayRequest> {
  if (!isObject(input)) {
    return invalid({
      field: 'body',
      code: 'invalid_type',
      message: `Send one JSON object, {"filter":{…},"reason":"…"}, not ${shown(input)}.`,
    });
  }
  const checks = {
    filter: parseFilter(input['filter']),
    dryRun: parseFlag(input['dryRun']),
    ratePerSecond: parseRate(input['ratePerSecond']),
    reason: parseReason(input['reason']),
  };
  return allValid(checks, ...unknownFields(input, Object.keys(checks)));
}

function parseFilter(input: unknown): Checked<ReplayFilter> {
  if (!isObject(input)) {
    return invalid(
      isGiven(input)
        ? {
            field: 'filter',
            code: 'invalid_type',
            message: `The filter is an object, such as {"errorCode":"…"}, not ${shown(input)}.`,
          }
        : { field: 'filter', code: 'required', message: NO_FILTER },
    );
  }
  const checks = {
    status: parseStatus(input['status']),
    region: parseRegionCode(input['region']),
    account: isGiven(input['account']) ? parseAccount(input['account'], 'filter.account') : valid(null),
    customerId: parseWords(input['customerId'], 'filter.customerId', TEXT_MAX_LENGTH),
    errorCode: parseErrorCodes(input['errorCode']),
    q: parseWords(input['q'], 'filter.q', SEARCH_MAX_LENGTH),
    from: parseInstant(input['from'], 'filter.from'),
    to: parseInstant(input['to'], 'filter.to'),
    endedFrom: parseInstant(input['endedFrom'], 'filter.endedFrom'),
    endedTo: parseInstant(input['endedTo'], 'filter.endedTo'),
    ids: parseIds(input['ids']),
  } satisfies Record<keyof ReplayFilter, Checked<unknown>>;
  const checked = allValid(
    checks,
    ...disorder(checks.from, checks.to, 'filter.from'),
    ...disorder(checks.endedFrom, checks.endedTo, 'filter.endedFrom'),
    ...unknownFields(input, Object.keys(checks), 'filter.'),
  );
  if (!checked.ok) return checked;
  const given = Object.entries(checked.value).filter(([, value]) => value !== null);
  if (given.length === 0) return invalid({ field: 'filter', code: 'required', message: NO_FILTER });
  return valid(Object.fromEntries(given) as ReplayFilter);
}

const NO_FILTER = 'Say which onboardings to replay; {"status":"failed"} is every one that has failed.';

/** An empty text is what a variable that was not set leaves behind; in `q` it would match everything. */
function parseWords(value: unknown, field: string, maxLength: number): Checked<string | null> {
  const text = parseText(value, field, maxLength);
  if (!text.ok || text.value?.trim() !== '') return text;
  return invalid({
    field,
    code: 'required',
    message: `Set a value, or leave it out, instead of ${shown(text.value)}.`,
  });
}

/** Of whatever Region: onboardings outlive an entry in REGIONS. */
function parseRegionCode(value: unknown): Checked<string | null> {
  const field = 'filter.region';
  const text = parseWords(value, field, TEXT_MAX_LENGTH);
  if (!text.ok || text.value === null || isRegionCode(text.value)) return text;
  return invalid({
    field,
    code: 'invalid_text',
    message: `Send a Region code such as eu-west-1, not ${shown(text.value)}.`,
  });
}

/** One code, or a list of those that it may be. */
function parseErrorCodes(value: unknown): Checked<string | readonly string[] | null> {
  const field = 'filter.errorCode';
  if (!Array.isArray(value)) return parseWords(value, field, TEXT_MAX_LENGTH);
  if (value.length < 1 || value.length > ERROR_CODES_MAX) {
    return invalid({
      field,
      code: value.length === 0 ? 'required' : 'too_many_entries',
      message: `Send 1 to ${ERROR_CODES_MAX} codes, or leave errorCode out; these are ${value.length}.`,
    });
  }
  const codes = (value as readonly unknown[]).map((code, index) =>
    isGiven(code)
      ? parseWords(code, `${field}.${index}`, TEXT_MAX_LENGTH)
      : invalid(notText(`${field}.${index}`, code)),
  );
  const issues = codes.flatMap(issuesOf);
  return issues.length > 0 ? invalid(...issues) : valid([...new Set(value as readonly string[])]);
}

function parseStatus(value: unknown): Checked<'failed' | null> {
  if (!isGiven(value)) return valid(null);
  if (value === 'failed') return valid(value);
  return invalid({
    field: 'filter.status',
    code: 'invalid_status',
    message: `Only failed onboardings are replayed by a filter: send "failed", or leave it out, not ${shown(value)}.`,
  });
}

function parseIds(value: unknown): Checked<readonly OnboardingId[] | null> {
  const field = 'filter.ids';
  if (!isGiven(value)) return valid(null);
  if (!Array.isArray(value)) {
    return invalid({
      field,
      code: 'invalid_type',
      message: `Send a list of ids, ["onb_…"], not ${shown(value)}.`,
    });
  }
  if (value.length === 0)
    return invalid({ field, code: 'required', message: 'Send at least one id, or leave ids out.' });
  if (value.length > REPLAY_IDS_MAX) {
    return invalid({
      field,
      code: 'too_many_entries',
      message: `At most ${REPLAY_IDS_MAX} ids are taken, these are ${value.length}; describe them by the other fields.`,
    });
  }
  const ids = value as readonly unknown[];
  const issues = ids
    .flatMap((id, index) => (isId(id) ? [] : [{ id, index }]))
    .slice(0, ISSUES_MAX)
    .map(({ id, index }): FieldIssue => ({
      field: `${field}.${index}`,
      code: 'invalid_id',
      message: `An onboarding's id is onb_ and 26 characters; this is ${shown(id)}.`,
    }));
  return issues.length > 0 ? invalid(...issues) : valid([...new Set(ids.filter(isId))]);
}

const isId = (id: unknown): id is OnboardingId => typeof id === 'string' && isOnboardingId(id);

function disorder(
  from: Checked<string | null>,
  to: Checked<string | null>,
  field: string,
): readonly FieldIssue[] {
  const isWrong = from.ok && to.ok && from.value !== null && to.value !== null && from.value > to.value;
  return isWrong
    ? [
        {
          field,
          code: 'conflicting_fields',
          message: `It begins (${from.value}) after its end (${to.value}): nothing can match that.`,
        },
      ]
    : [];
}

function parseFlag(value: unknown): Checked<boolean> {
  if (!isGiven(value)) return valid(false);
  if (typeof value === 'boolean') return valid(value);
  return invalid({
    field: 'dryRun',
    code: 'invalid_type',
    message: `Send true or false, without quotes, not ${shown(value)}.`,
  });
}

function parseRate(value: unknown): Checked<number | null> {
  if (!isGiven(value)) return valid(null);
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= REPLAY_RATE_MAX) {
    return valid(value);
  }
  return invalid({
    field: 'ratePerSecond',
    code: 'out_of_range',
    message: `Send a whole number of 1 to ${REPLAY_RATE_MAX}, not ${shown(value)}; without it they are queued as fast as the queue takes them.`,
  });
}

function parseReason(value: unknown): Checked<string> {
  const reason = parseText(value, 'reason', REASON_MAX_LENGTH);
  if (!reason.ok) return reason;
  if (reason.value !== null && reason.value.trim() !== '') return valid(reason.value);
  return invalid({
    field: 'reason',
    code: 'required',
    message: `Enter a reason${reason.value === null ? '' : `, not ${shown(reason.value)}`}; it is kept in the audit log.`,
  });
}
