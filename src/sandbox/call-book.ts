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

/** Counts calls in bounded memory; forgets them at a restart. */
export interface CallBook {
  record(call: RecordedCall): void;
  view(filter: CallFilter): CallsView;
  reset(): void;
}

interface Total {
  readonly region: string;
  readonly operation: string;
  readonly answer: string;
  count: number;
  applied: number;
}

export function createCallBook(): CallBook {
  const totals = new Map<string, Total>();
  const creates = new Map<string, Map<string, number>>();
  let namesCounted = 0;
  let ring: RecordedCall[] = [];
  let oldest = 0;

  const countCreate = (region: string, name: string): void => {
    const names = creates.get(region) ?? new Map<string, number>();
    creates.set(region, names);
    const known = names.get(name);
    if (known === undefined && namesCounted >= NAMES_MAX) return;
    if (known === undefined) namesCounted += 1;
    names.set(name, (known ?? 0) + 1);
  };

  const remember = (call: RecordedCall): void => {
    if (ring.length < RECENT_CALLS) {
      ring.push(call);
      return;
    }
    ring[oldest] = call;
    oldest = (oldest + 1) % RECENT_CALLS;
  };

  return {
    record: (call) => {
      const { region, operation, answer } = call;
      const key = `${region} ${operation} ${answer}`;
      const total = totals.get(key) ?? { region, operation, answer, count: 0, applied: 0 };
      total.count += 1;
      if (call.applied) total.applied += 1;
      totals.set(key, total);
      if (call.name !== null && operation === 'CreatePartnerEventSource') {
        countCreate(region, call.name);
      }
      remember(call);
    },
    view: (filter) => ({
      counts: [...totals.values()].filter((total) => placed(total, filter)).map((total) => ({ ...total })),
      creates: filter.name === undefined ? null : createsOf(creates, filter.name, filter.region),
      recent: [...ring.slice(oldest), ...ring.slice(0, oldest)].filter(
        (call) => placed(call, filter) && (filter.name === undefined || filter.name === call.name),
      ),
    }),
    reset: () => {
      totals.clear();
      creates.clear();
      namesCounted = 0;
      ring = [];
      oldest = 0;
    },
  };
}

const placed = (call: { region: string; operation: string }, filter: CallFilter): boolean =>
  (filter.region === undefined || filter.region === call.region) &&
  (filter.operation === undefined || filter.operation === call.operation);

function createsOf(
  creates: ReadonlyMap<string, ReadonlyMap<string, number>>,
  name: string,
  region: string | undefined,
): number {
  let sum = 0;
  for (const [place, names] of creates) {
    if (region === undefined || region === place) sum += names.get(name) ?? 0;
  }
  return sum;
}
