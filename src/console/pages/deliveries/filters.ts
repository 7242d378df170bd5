import { DELIVERY_STATUSES, EVENT_TYPES, type DeliveryFilter } from '../../../domain/delivery.ts';
import { isOnboardingId } from '../../../domain/ids.ts';
import { hrefOf, readFields, type FieldReader, type ReadFields } from '../../query.ts';

const READERS = {
  status: {
    read: (text) => DELIVERY_STATUSES.find((status) => status === text),
    must: `One of ${DELIVERY_STATUSES.join(', ')}.`,
  },
  type: {
    read: (text) => EVENT_TYPES.find((type) => type === text),
    must: `One of ${EVENT_TYPES.join(', ')}.`,
  },
  onboardingId: {
    read: (text) => (isOnboardingId(text) ? text : undefined),
    must: 'An id such as onb_ and 26 characters.',
  },
} as const satisfies Record<string, FieldReader>;

type DeliveryField = keyof typeof READERS;

export interface DeliveryFilters extends Omit<ReadFields<DeliveryField>, 'filter'> {
  readonly filter: DeliveryFilter;
}

export const readDeliveryFilters = (query: unknown): DeliveryFilters =>
  readFields(query, READERS) as DeliveryFilters;

export const deliveriesHref = (
  given: Readonly<Partial<Record<DeliveryField, string>>>,
  cursor?: string,
): string => hrefOf('/deliveries', given, cursor);
