import type { ReplayFilter } from '../../../domain/replay.ts';
import { count } from '../../numbers.ts';
import { exactTime } from '../../relative-time.ts';
import { listHref } from '../onboardings/filters.ts';

const NAMES = {
  errorCode: '',
  region: 'in ',
  account: 'account ',
  customerId: 'customer ',
  q: 'matching ',
} as const;
const BOUNDS = {
  from: 'created from ',
  to: 'created to ',
  endedFrom: 'failed from ',
  endedTo: 'failed by ',
} as const;

/** What a replay is of, in words. */
export function filterWords(filter: ReplayFilter): string {
  const words = [
    ...(Object.keys(NAMES) as (keyof typeof NAMES)[]).flatMap((name) =>
      filter[name] === undefined ? [] : [`${NAMES[name]}${[filter[name]].flat().join(', ')}`],
    ),
    ...(Object.keys(BOUNDS) as (keyof typeof BOUNDS)[]).flatMap((name) =>
      filter[name] === undefined ? [] : [`${BOUNDS[name]}${exactTime(filter[name])}`],
    ),
    ...(filter.ids === undefined ? [] : [`${count(filter.ids.length)} chosen one by one`]),
  ];
  return words.length === 0 ? 'every failed onboarding' : words.join(' · ');
}

/** The list of what still fails of a replay's set, as far as the list can be filtered by it; it knows no ids and no ends. */
export function stillFailedHref(filter: ReplayFilter): string {
  const { errorCode = [], region, account, customerId, q, from, to } = filter;
  const given = { errorCode: [errorCode].flat().join(' '), region, account, customerId, q, from, to };
  const present = Object.fromEntries(Object.entries(given).filter(([, value]) => (value ?? '') !== ''));
  return listHref({ status: 'failed', ...present });
}
