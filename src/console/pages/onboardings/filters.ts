import type { OnboardingFilter } from '../../../domain/listing.ts';
import { STATUSES } from '../../../domain/onboarding.ts';
import { textIn } from '../../query.ts';

/** The fields of the form, as the address has them. What is empty is not filtered by. */
export const FILTER_FIELDS = [
  'q',
  'status',
  'region',
  'errorCode',
  'account',
  'customerId',
  'from',
  'to',
] as const;
export type FilterField = (typeof FILTER_FIELDS)[number];

export interface Filters {
  readonly filter: OnboardingFilter;
  /** What was asked for, to show again as it was typed. */
  readonly given: Readonly<Partial<Record<FilterField, string>>>;
  /** Fields that cannot be understood, each with what would be; they are not filtered by. */
  readonly problems: Readonly<Partial<Record<FilterField, string>>>;
  readonly cursor: string | undefined;
}

const LENGTH_MAX = 200;

/** Reads the filters from an address. Unknown names are left alone: links get decorated on their way. */
export function readFilters(query: unknown): Filters {
  const given: Partial<Record<FilterField, string>> = {};
  const problems: Partial<Record<FilterField, string>> = {};
  const filter: Partial<Record<FilterField, string>> = {};
  for (const name of FILTER_FIELDS) {
    const text = textIn(query, name);
    if (text === '') continue;
    given[name] = text.slice(0, LENGTH_MAX);
    const value = readField(name, text);
    if (value === undefined) problems[name] = MUST[name];
    else filter[name] = value;
  }
  const cursor = textIn(query, 'cursor');
  return { filter: filter as OnboardingFilter, given, problems, cursor: cursor === '' ? undefined : cursor };
}

/** The address of a list with these filters. */
export function listHref(
  given: Readonly<Partial<Record<FilterField, string>>>,
  { cursor }: { cursor?: string | undefined } = {},
): string {
  const pairs = FILTER_FIELDS.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]]));
  const query = new URLSearchParams([
    ...pairs,
    ...(cursor === undefined ? [] : [['cursor', cursor]]),
  ] as string[][]);
  return query.size === 0 ? '/onboardings' : `/onboardings?${query}`;
}

const MUST: Readonly<Record<FilterField, string>> = {
  q: 'Search for at most 200 characters.',
  status: `One of ${STATUSES.join(', ')}.`,
  region: 'A Region code such as eu-west-1.',
  errorCode: 'An error code such as LimitExceededException.',
  account: 'A 12-digit account id.',
  customerId: 'At most 200 characters.',
  from: 'A date and time such as 2026-11-25 13:00, in UTC.',
  to: 'A date and time such as 2026-11-25 13:00, in UTC.',
};

function readField(name: FilterField, text: string): string | undefined {
  if (text.length > LENGTH_MAX) return undefined;
  switch (name) {
    case 'status':
      return STATUSES.find((status) => status === text);
    case 'account':
      return /^[0-9]{12}$/.test(text) ? text : undefined;
    case 'from':
    case 'to':
      return readInstant(text);
    case 'q':
    case 'region':
    case 'errorCode':
    case 'customerId':
      return text;
  }
}

/** A date, or a date with a time of day; without an offset it is UTC, as everything else here. */
function readInstant(text: string): string | undefined {
  const match =
    /^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,3})?)?)(Z|[+-][0-9]{2}:[0-9]{2})?)?$/.exec(
      text,
    );
  if (match === null) return undefined;
  const [, day = '', time = '00:00', zone = 'Z'] = match;
  const at = new Date(`${day}T${time}${zone}`);
  return Number.isNaN(at.getTime()) || at.getUTCFullYear() < 1 ? undefined : at.toISOString();
}
