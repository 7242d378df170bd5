import { InvalidArgumentError, type Command } from 'commander';
import type { ListFilter } from '../client/wire.ts';
import { isDeliveryId, isOnboardingId, isReplayId } from '../domain/ids.ts';
import { parseInstant } from '../domain/instant.ts';
import { shown } from '../domain/shown.ts';
import type { Terminal } from './terminal.ts';

/** Readers of option texts; what they refuse is misuse, and the sentence says what to give instead. */

export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^[0-9]+$/.test(text) || value < min || value > max)
      throw new InvalidArgumentError(`Enter a whole number from ${min} to ${max}.`);
    return value;
  };
}

/** An empty text is what a variable that was not set leaves behind, and would mean everything. */
export function someText(text: string): string {
  if (text.trim() === '')
    throw new InvalidArgumentError('The value is empty. Enter a text, or omit the option.');
  return text;
}

/** Collects an option that may be given several times: a text, or a list of several. */
function someTexts(text: string, before?: string | readonly string[]): string | readonly string[] {
  return before === undefined ? someText(text) : [...[before].flat(), someText(text)];
}

/** A path cannot contain "." and "..": URLs drop them. The service judges all else. */
export function regionName(text: string): string {
  if (/^\.*$/.test(text)) throw new InvalidArgumentError('Enter a Region code such as eu-west-1.');
  return text;
}

const IDS = {
  onb: ['an onboarding', isOnboardingId],
  evt: ['a webhook delivery', isDeliveryId],
  rpl: ['a bulk replay', isReplayId],
} as const;

/** Reads an id, whose form says at once what it cannot be the id of. */
export function idWith(prefix: keyof typeof IDS): (text: string) => string {
  const [what, isId] = IDS[prefix];
  return (text) => {
    if (!isId(text)) throw new InvalidArgumentError(`The id of ${what} is ${prefix}_ and 26 characters.`);
    return text;
  };
}

/** Collects `--metadata key=value`, given any number of times. */
export function keyValue(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Use the form key=value.');
  const key = text.slice(0, at);
  if (Object.hasOwn(before, key)) throw new InvalidArgumentError(`The key ${shown(key)} appears twice.`);
  // Not an object literal's computed key: `__proto__` must arrive at the service, which refuses it.
  return Object.fromEntries([...Object.entries(before), [key, text.slice(at + 1)]]);
}

/** Collects a comma list that may be given any number of times. */
export function commaList(text: string, before: readonly string[] = []): readonly string[] {
  const items = text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  if (items.length === 0) throw new InvalidArgumentError('Enter one or more values, separated by commas.');
  return [...before, ...items];
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads `2026-11-25T09:00:00Z`, or `90m` for so long ago, which people know by heart. */
export function instantReader(now: () => number): (text: string) => string {
  return (text) => {
    const [, count, unit = ''] = /^([0-9]{1,6})([smhd])$/.exec(text) ?? [];
    const isAge = count !== undefined;
    const instant = isAge ? new Date(now() - Number(count) * (UNIT_MS[unit] ?? 0)).toISOString() : text;
    // An age can reach back to before the year 1.
    if (!parseInstant(instant, '').ok)
      throw new InvalidArgumentError(
        'Enter an instant such as 2026-11-25T09:00:00Z, or a duration such as 90m, 24h or 7d ago.',
      );
    return instant;
  };
}

/** Reads `90m`, `48h` or `7d`, in milliseconds. */
export function durationReader(text: string): number {
  const [, count, unit = ''] = /^([0-9]{1,6})([smhd])$/.exec(text) ?? [];
  if (count === undefined) throw new InvalidArgumentError('Enter a duration such as 90m, 48h or 7d.');
  return Number(count) * (UNIT_MS[unit] ?? 0);
}

/** The fields that were given. */
export function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** The options that select onboardings, for a list and a bulk replay; all that are given must hold. */
export type FilterOptions = Omit<ListFilter, 'status' | 'connection' | 'awsState' | 'expiringBefore'>;

export function withFilter(command: Command, { now }: Pick<Terminal, 'now'>): Command {
  return withPeriod(
    command
      .option('--region <region>', 'only this Region', someText)
      .option('--account <id>', 'only this AWS account', someText)
      .option('--customer, --customer-id <id>', 'only this customer', someText)
      .option('--error-code <code>', 'only with this last error; repeat for any of several', someTexts)
      .option('--q <text>', 'part of source name, customer, account or a metadata value', someText),
    'created ',
    now,
  );
}

/** @param what happened in the period: `created ` */
export function withPeriod(command: Command, what: string, now: Terminal['now']): Command {
  const instant = instantReader(now);
  return command
    .option('--from <instant>', `${what}at or after: ISO 8601, or an age (90m, 24h, 7d)`, instant)
    .option('--to <instant>', `${what}at or before, same format`, instant);
}

/** `--limit` and `--cursor`, as all lists have them. */
export function withPage(command: Command, count: number): Command {
  return command
    .option('--limit <count>', 'maximum number of items', wholeNumber(1, 200), count)
    .option('--cursor <cursor>', 'continue after an earlier page');
}

export interface PageChoice {
  readonly limit: number;
  readonly cursor?: string;
}

/** The filter among the options, without the other options of a command. */
export function filterOf(options: FilterOptions): FilterOptions {
  const { region, account, customerId, errorCode, q, from, to } = options;
  return given({ region, account, customerId, errorCode, q, from, to });
}
