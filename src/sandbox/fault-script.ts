/**
 * A source's last name segment scripts its faults, as words between dots. Counted faults and rejections apply from left to
 * right; other words are properties of the source. Unknown words mean nothing.
 */

/** Faults that strike a number of times. `applied` and `garbage` create the source before they break the answer. */
export const COUNTED_FAULTS = [
  'cme',
  'internal',
  'throttle',
  'reset',
  'hang',
  'html',
  'garbage',
  'unavailable',
  'expired',
  'applied',
] as const;
export type CountedFault = (typeof COUNTED_FAULTS)[number];

/** Faults that never end. */
export const REFUSALS = ['limit', 'disabled', 'denied', 'unknown', 'invalid'] as const;
export type Refusal = (typeof REFUSALS)[number];

/** Faults of the two reads with which a client settles ResourceAlreadyExistsException. */
const READ_FAULTS = ['listfail', 'describefail'] as const;
export type ReadFault = (typeof READ_FAULTS)[number];

/** How a source stands before the first create: ours, another account's, or as a DELETED record. */
const SEEDS = ['mine', 'other', 'gone'] as const;
export type Seed = (typeof SEEDS)[number];

export interface Step {
  readonly fault: CountedFault | Refusal | ReadFault;
  /** How often it strikes; Infinity for refusals. */
  readonly times: number;
}

export interface FaultScript {
  /** In the order of the name; a step's place is the key of its counter. */
  readonly steps: readonly Step[];
  readonly seed: Seed | null;
  /** A successful create answers `{}`. */
  readonly withoutArn: boolean;
  /** The `retry-after` header of throttled answers and of errors that pass, in seconds. */
  readonly retryAfterSeconds: number | null;
  /** How many empty pages ListPartnerEventSourceAccounts answers before the record. */
  readonly emptyPages: number;
}

const NUMBERED = /^([a-z]+)-([0-9]{1,6})$/;
const MAX_EMPTY_PAGES = 1000;

const within = <T extends string>(words: readonly T[], word: string): T | undefined =>
  words.find((candidate) => candidate === word);

/** Reads the script out of a whole source name; any name has one, most have an empty one. */
export function parseFaultScript(sourceName: string): FaultScript {
  const steps: Step[] = [];
  let seed: Seed | null = null;
  let withoutArn = false;
  let retryAfterSeconds: number | null = null;
  let emptyPages = 0;
  for (const word of sourceName.slice(sourceName.lastIndexOf('/') + 1).split('.')) {
    const refusal = within(REFUSALS, word);
    if (refusal !== undefined) steps.push({ fault: refusal, times: Infinity });
    seed ??= within(SEEDS, word) ?? null;
    withoutArn ||= word === 'noarn';
    const [, kind = '', digits = ''] = NUMBERED.exec(word) ?? [];
    const fault = within([...COUNTED_FAULTS, ...READ_FAULTS], kind);
    if (fault !== undefined) steps.push({ fault, times: Number(digits) });
    if (kind === 'after') retryAfterSeconds = Number(digits);
    if (kind === 'pages') emptyPages = Math.min(Number(digits), MAX_EMPTY_PAGES);
  }
  return { steps, seed, withoutArn, retryAfterSeconds, emptyPages };
}

const isReadFault = (fault: Step['fault']): fault is ReadFault => within(READ_FAULTS, fault) !== undefined;

/** The fault that strikes the next create, and the counters after it; undefined once all are used up. */
export function nextCreateFault(
  script: Pick<FaultScript, 'steps'>,
  used: readonly number[],
): { fault: CountedFault | Refusal; used: readonly number[] } | undefined {
  for (const [index, { fault, times }] of script.steps.entries()) {
    if (isReadFault(fault) || (used[index] ?? 0) >= times) continue;
    // A refusal has no counter: it would only make the books grow.
    return { fault, used: times === Infinity ? used : spend(script, used, index) };
  }
  return undefined;
}

/** The counters after a read that fails; undefined when it succeeds. */
export function nextReadFault(
  script: FaultScript,
  used: readonly number[],
  read: ReadFault,
): readonly number[] | undefined {
  const index = script.steps.findIndex(
    ({ fault, times }, place) => fault === read && (used[place] ?? 0) < times,
  );
  return index < 0 ? undefined : spend(script, used, index);
}

const spend = (
  script: Pick<FaultScript, 'steps'>,
  used: readonly number[],
  index: number,
): readonly number[] => script.steps.map((_, place) => (used[place] ?? 0) + (place === index ? 1 : 0));
