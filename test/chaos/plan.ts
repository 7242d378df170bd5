/**
 * What a run does, made out of its seed alone: what is asked for, and which fault strikes what, when and for how long.
 * The same seed makes the same plan; how the processes interleave under it is the machine's business.
 */
import fc from 'fast-check';
import { KINDS, type Kind } from './kinds.ts';

export const REGIONS = ['us-east-1', 'eu-west-1'] as const;
export const PARTNER = 'acme.example';
export const WORKERS = 3;
export const APIS = 2;

/** One source that customers ask for, once or several times, in some cases for two accounts. */
export interface Wish {
  readonly region: (typeof REGIONS)[number];
  readonly sourceName: string;
  readonly kind: Kind;
  /** The accounts of its requests, in the order in which they are sent. */
  readonly accounts: readonly string[];
  readonly lane: 'live' | 'bulk';
}

/** One request by one caller, who repeats it until it is answered. */
export interface Asked {
  readonly wish: Wish;
  readonly account: string;
}

/** Faults by whom they strike; each target suffers one after the other, all targets at the same time. */
export const FAULTS = {
  worker: ['kill', 'kill', 'stop', 'freeze'],
  api: ['kill', 'stop'],
  redis: ['kill', 'kill', 'loseData', 'outOfMemory', 'readOnly', 'halfOpen', 'abandon', 'cut'],
  postgres: ['cut', 'halfOpen', 'abandon', 'endSessions'],
  aws: ['cut', 'halfOpen', 'internal', 'unavailable', 'throttling', 'expired', 'denied', 'quota', 'latency'],
  operator: ['pause', 'replayFailed', 'replayMany'],
} as const;
export type Target = keyof typeof FAULTS;

export interface Fault {
  readonly target: Target;
  readonly name: string;
  /** Which worker, API or Region. */
  readonly nth: number;
  /** Milliseconds after the last fault of its target was over. */
  readonly afterMs: number;
  readonly lastsMs: number;
}

export interface Plan {
  readonly seed: number;
  readonly requests: readonly Asked[];
  /** Sent as one CSV each, beside the single requests. */
  readonly imports: readonly (readonly Asked[])[];
  /** Asked for by one account each, and cancelled a moment later. */
  readonly secondThoughts: readonly Wish[];
  /** One list per thing that can be struck. */
  readonly faults: readonly (readonly Fault[])[];
}

export interface PlanSize {
  readonly onboardings: number;
  /** How many faults each target suffers. */
  readonly faultsEach: number;
  /** The longest time before a fault, and the longest that one lasts, in milliseconds. */
  readonly pauseMaxMs: number;
  readonly faultMaxMs: number;
  /** Whether one part is gone for 30 s, and a worker frozen past its jobs' locks. */
  readonly longFaults: boolean;
  /** Worker 0 and API 0 are left alone, so that their memory can be watched. */
  readonly spareFirst?: boolean;
}

/** How many of the onboardings come as imports. */
const IMPORTED_SHARE = 0.3;
const IMPORT_ROWS = 100;
/** How many more are cancelled, in relation to the onboardings. */
const SECOND_THOUGHTS_SHARE = 0.07;
const LONG_MS = 30_000;
/** Jobs are locked for 30 s. */
const PAST_THE_LOCK_MS = 34_000;

export function makePlan(seed: number, size: PlanSize): Plan {
  const [plan] = fc.sample(fc.noBias(planned(seed, size)), { seed, numRuns: 1 });
  return plan!;
}

function planned(seed: number, size: PlanSize): fc.Arbitrary<Plan> {
  const { onboardings, longFaults } = size;
  return fc
    .record({
      secondThoughts: fc.tuple(
        ...Array.from({ length: Math.ceil(onboardings * SECOND_THOUGHTS_SHARE) }, (_, n) =>
          secondThought(seed, n),
        ),
      ),
      wishes: fc.tuple(...Array.from({ length: onboardings }, (_, n) => wish(seed, n))),
      faults: fc.tuple(...struckTargets(size).map((struck) => faultsOf(struck, size))),
      long: longFaults ? longFault() : fc.constant([]),
      order: fc.infiniteStream(fc.nat()),
    })
    .map(({ wishes, secondThoughts, faults, long, order }) => {
      const asked = shuffled(
        wishes.flatMap((each) => each.accounts.map((account) => ({ wish: each, account }))),
        order,
      );
      const imported = asked.splice(0, Math.floor(asked.length * IMPORTED_SHARE));
      return {
        seed,
        requests: asked,
        imports: chunks(imported, IMPORT_ROWS),
        secondThoughts,
        faults: [...faults, ...long],
      };
    });
}

const SCRIPTS = fc.oneof(...KINDS.map((kind) => ({ arbitrary: fc.constant(kind), weight: kind.perMille })));
const ACCOUNT = fc.nat({ max: 99_999 }).map((n) => String(n).padStart(12, '0'));

function wish(seed: number, n: number): fc.Arbitrary<Wish> {
  return fc
    .record({
      region: fc.constantFrom(...REGIONS),
      kind: SCRIPTS,
      account: ACCOUNT,
      other: ACCOUNT,
      lane: fc.constantFrom('live' as const, 'live' as const, 'bulk' as const),
      // Most ask once, some twice, a few for another account.
      asks: fc.oneof(
        { arbitrary: fc.constant('once' as const), weight: 16 },
        { arbitrary: fc.constant('twice' as const), weight: 3 },
        { arbitrary: fc.constant('forTwoAccounts' as const), weight: 1 },
      ),
    })
    .map(({ region, kind, account, other, lane, asks }) => ({
      region,
      kind,
      lane,
      sourceName: `aws.partner/${PARTNER}/chaos-${seed}/n${n}/${kind.script}`,
      accounts: asks === 'once' ? [account] : asks === 'twice' ? [account, account] : [account, other],
    }));
}

/** The n-th plain one that is onboarded after everything else. */
export function companyIn(region: Wish['region'], seed: number, n: number): Wish {
  const kind = KINDS.find(({ script }) => script === 'plain')!;
  const sourceName = `aws.partner/${PARTNER}/chaos-${seed}/afterwards${n}/${kind.script}`;
  return { region, kind, lane: 'live', sourceName, accounts: ['000000000001'] };
}

/** Those that take long, or fail, can be cancelled; a plain one only if the cancel comes first. */
function secondThought(seed: number, n: number): fc.Arbitrary<Wish> {
  const kinds = KINDS.filter(({ script }) => CHANGED_MINDS.includes(script));
  return fc
    .record({ region: fc.constantFrom(...REGIONS), kind: fc.constantFrom(...kinds), account: ACCOUNT })
    .map(({ region, kind, account }) => ({
      region,
      kind,
      lane: n % 2 === 0 ? 'live' : 'bulk',
      sourceName: `aws.partner/${PARTNER}/chaos-${seed}/second-thought${n}/${kind.script}`,
      accounts: [account],
    }));
}

const CHANGED_MINDS = ['plain', 'hang-1', 'internal-1', 'unavailable-1', 'throttle-2', 'limit'];

interface Struck {
  readonly target: Target;
  readonly nth?: number;
}

/** Every worker and API suffers by itself; the operator works beside them. */
function struckTargets({ spareFirst = false }: PlanSize): readonly Struck[] {
  const processes = [
    ...Array.from({ length: WORKERS }, (_, nth) => ({ target: 'worker' as const, nth })),
    ...Array.from({ length: APIS }, (_, nth) => ({ target: 'api' as const, nth })),
  ];
  return [
    ...processes.filter(({ nth }) => nth > 0 || !spareFirst),
    { target: 'redis' },
    { target: 'postgres' },
    { target: 'aws' },
    { target: 'operator' },
  ];
}

function faultsOf(
  { target, nth }: Struck,
  { faultsEach, pauseMaxMs, faultMaxMs }: PlanSize,
): fc.Arbitrary<readonly Fault[]> {
  const fault = fc.record({
    target: fc.constant(target),
    name: fc.constantFrom<string>(...FAULTS[target]),
    nth: nth === undefined ? fc.nat({ max: 1 }) : fc.constant(nth),
    afterMs: fc.integer({ min: 300, max: pauseMaxMs }),
    lastsMs: fc.integer({ min: 200, max: faultMaxMs }),
  });
  return fc.array(fault, { minLength: faultsEach, maxLength: faultsEach });
}

/** Both in one run: what is gone for half a minute, and the worker that is frozen past its locks. */
function longFault(): fc.Arbitrary<readonly (readonly Fault[])[]> {
  const gone = fc.constantFrom<Pick<Fault, 'target' | 'name'>>(
    { target: 'redis', name: 'cut' },
    { target: 'redis', name: 'halfOpen' },
    { target: 'postgres', name: 'cut' },
    { target: 'postgres', name: 'halfOpen' },
    { target: 'aws', name: 'cut' },
    { target: 'aws', name: 'expired' },
  );
  return fc
    .record({ gone, nth: fc.nat({ max: 1 }), afterMs: fc.integer({ min: 2_000, max: 8_000 }) })
    .map(({ gone: what, nth, afterMs }) => [
      [{ ...what, nth, afterMs, lastsMs: LONG_MS }],
      [{ target: 'worker', name: 'freeze', nth: WORKERS - 1, afterMs: 1_000, lastsMs: PAST_THE_LOCK_MS }],
    ]);
}

/** By numbers that come with the plan, so that the seed decides. */
function shuffled<T>(items: readonly T[], numbers: Iterable<number>): T[] {
  const order = numbers[Symbol.iterator]();
  return items
    .map((item) => ({ item, key: Number(order.next().value) }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, n) =>
    items.slice(n * size, (n + 1) * size),
  );
}
