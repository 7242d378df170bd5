/** One call of the partner API as a test or a person wants to see it. */
export interface RecordedCall {
  /** ISO 8601, by the machine's clock. */
  readonly at: string;
  readonly region: string;
  readonly operation: string;
  readonly name: string | null;
  /** `ok`, AWS's error name, or how the wire was broken: `reset`, `hang`, `html`, `garbage`. */
  readonly answer: string;
  /** A source was made by this call, whatever the client got to see. */
  readonly applied: boolean;
}

export interface CallCount {
  readonly region: string;
  readonly operation: string;
  readonly answer: string;
  readonly count: number;
  /** How many of them made a source. */
  readonly applied: number;
}

export interface CallFilter {
  readonly region?: string | undefined;
  readonly operation?: string | undefined;
  readonly name?: string | undefined;
}

export interface CallsView {
  /** Calls since the start by Region, operation and answer; a name in the filter does not narrow them. */
  readonly counts: readonly CallCount[];
  /** Creates of this name since the start; null without a name in the filter. */
  readonly creates: number | null;
  /** The newest matching calls that are still remembered, oldest first. */
  readonly recent: readonly RecordedCall[];
}

/** How many single calls are remembered. */
const RECENT_CALLS = 1000;
/** Beyond these the totals go on and new names are no longer counted one by one. */
const NAMES_MAX = 1_000_000;

export type CallLog = ReturnType<typeof createCallLog>;

type Total = { -readonly [Field in keyof CallCount]: CallCount[Field] };

/** Counts calls in bounded memory; forgets them at a restart. */
export function createCallLog() {
  const totals = new Map<string, Total>();
  const creates = new Map<string, number>();
  let recent: RecordedCall[] = [];

  const countCreate = (region: string, name: string): void => {
    const key = createKey(region, name);
    if (creates.has(key) || creates.size < NAMES_MAX) creates.set(key, (creates.get(key) ?? 0) + 1);
  };

  /** @param region undefined: all of them */
  const createsOf = (name: string, region: string | undefined): number => {
    const regions = new Set([...totals.values()].map((total) => total.region));
    return [...(region === undefined ? regions : [region])].reduce(
      (sum, place) => sum + (creates.get(createKey(place, name)) ?? 0),
      0,
    );
  };

  return {
    record: (call: RecordedCall) => {
      const { region, operation, answer, name, applied } = call;
      const key = `${region} ${operation} ${answer}`;
      const total = totals.get(key) ?? { region, operation, answer, count: 0, applied: 0 };
      total.count += 1;
      if (applied) total.applied += 1;
      totals.set(key, total);
      if (name !== null && operation === 'CreatePartnerEventSource') countCreate(region, name);
      recent.push(call);
      if (recent.length > RECENT_CALLS) recent.shift();
    },
    view: (filter: CallFilter): CallsView => ({
      counts: [...totals.values()].filter((total) => matches(total, filter)).map((total) => ({ ...total })),
      creates: filter.name === undefined ? null : createsOf(filter.name, filter.region),
      recent: recent.filter(
        (call) => matches(call, filter) && (filter.name === undefined || filter.name === call.name),
      ),
    }),
    reset: () => {
      totals.clear();
      creates.clear();
      recent = [];
    },
  };
}

/** Neither part can hold a line break. */
const createKey = (region: string, name: string): string => `${region}\n${name}`;

const matches = (call: { region: string; operation: string }, { region, operation }: CallFilter): boolean =>
  (region === undefined || region === call.region) &&
  (operation === undefined || operation === call.operation);
