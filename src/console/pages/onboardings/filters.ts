import type { OnboardingFilter } from '../../../domain/listing.ts';
import { STATUSES } from '../../../domain/onboarding.ts';
import {
  hrefOf,
  INSTANT_HINT,
  readFields,
  readInstant,
  type FieldReader,
  type ReadFields,
} from '../../query.ts';

const asIs = (text: string): string => text;

/** Everything that the list can be narrowed to. */
const READERS = {
  q: { read: asIs, must: 'Search for at most 200 characters.' },
  status: {
    read: (text) => STATUSES.find((status) => status === text),
    must: `One of ${STATUSES.join(', ')}.`,
  },
  region: { read: asIs, must: 'A Region code such as eu-west-1.' },
  errorCode: { read: asIs, must: 'An error code such as LimitExceededException.' },
  account: {
    read: (text) => (/^[0-9]{12}$/.test(text) ? text : undefined),
    must: 'A 12-digit account id.',
  },
  customerId: { read: asIs, must: 'At most 200 characters.' },
  from: { read: readInstant, must: INSTANT_HINT },
  to: { read: readInstant, must: INSTANT_HINT },
} as const satisfies Record<string, FieldReader>;

export type FilterField = keyof typeof READERS;

export interface Filters extends Omit<ReadFields<FilterField>, 'filter'> {
  readonly filter: OnboardingFilter;
}

export function readFilters(query: unknown): Filters {
  return readFields(query, READERS) as Filters;
}

/** The address of a list with these filters. */
export function listHref(
  given: Readonly<Partial<Record<FilterField, string>>>,
  { cursor }: { cursor?: string | undefined } = {},
): string {
  const ordered = (Object.keys(READERS) as FilterField[]).map((name) => [name, given[name]] as const);
  return hrefOf('/onboardings', Object.fromEntries(ordered), cursor);
}
