/** Whether what a soak measured stays within bounds. */
import type { Sample } from './sampler.ts';

interface Bound {
  readonly what: string;
  readonly of: (sample: Sample) => number;
  /**
   * `quarters`: the least value of the second quarter and that of the last, which for memory is what is left after
   * collecting garbage. `rest`: before the first request and after the last one, since load and faults come and go.
   */
  readonly compare: 'quarters' | 'rest';
  readonly mayGrow: { readonly factor: number; readonly plus: number };
}

const PROCESS_BOUNDS = [
  { what: 'heap MB', of: 'heapMb', compare: 'quarters', mayGrow: { factor: 1.25, plus: 10 } },
  { what: 'resident MB', of: 'rssMb', compare: 'quarters', mayGrow: { factor: 1.25, plus: 30 } },
  { what: 'open files', of: 'openFiles', compare: 'rest', mayGrow: { factor: 1, plus: 10 } },
  { what: 'handles', of: 'handles', compare: 'rest', mayGrow: { factor: 1, plus: 10 } },
] as const;

const SHARED_BOUNDS: readonly Bound[] = [
  {
    what: 'Redis clients',
    of: (sample) => sample.redisClients,
    compare: 'rest',
    mayGrow: { factor: 1, plus: 10 },
  },
  {
    what: 'PostgreSQL sessions',
    of: (sample) => sample.postgresSessions,
    compare: 'rest',
    mayGrow: { factor: 1, plus: 10 },
  },
];

/** Finished jobs that the queues of two Regions keep (1,000 completed, 10,000 failed each), and a few keys more. */
const REDIS_KEYS_MAX = 2 * 11_000 + 200;

const TITLES = [
  'minute',
  'heap MB',
  'resident MB',
  'open files',
  'handles',
  'Redis keys, MB, clients',
  'PG sessions',
];
export const SAMPLE_TITLES = TITLES.join(' | ');

/** A line of a table; figures of the watched processes stand side by side. */
export function showSample(sample: Sample): string {
  const each = (of: (figures: Sample['processes'][number]) => number): string =>
    sample.processes.map((figures) => of(figures).toFixed(0)).join(' ');
  return [
    (sample.atMs / 60_000).toFixed(1),
    each(({ heapMb }) => heapMb),
    each(({ rssMb }) => rssMb),
    each(({ openFiles }) => openFiles),
    each(({ handles }) => handles),
    `${sample.redisKeys} ${sample.redisMemoryMb.toFixed(1)} ${sample.redisClients}`,
    sample.postgresSessions,
  ].join(' | ');
}

export function judgeGrowth(samples: readonly Sample[]): { lines: readonly string[]; bounded: boolean } {
  const quarter = Math.floor(samples.length / 4);
  if (quarter === 0) return { lines: ['Too few samples to tell growth.'], bounded: false };
  const names = samples[0]!.processes.map(({ name }) => name);
  const ofProcesses = names.flatMap((name, index): Bound[] =>
    PROCESS_BOUNDS.map(({ what, of, compare, mayGrow }) => ({
      what: `${name} ${what}`,
      of: (sample) => sample.processes[index]![of],
      compare,
      mayGrow,
    })),
  );
  const early = samples.slice(quarter, 2 * quarter);
  const late = samples.slice(-quarter);
  const judged = [...ofProcesses, ...SHARED_BOUNDS].map(({ what, of, compare, mayGrow }) => {
    const [before, after] =
      compare === 'rest'
        ? [of(samples[0]!), of(samples.at(-1)!)]
        : [Math.min(...early.map(of)), Math.min(...late.map(of))];
    const bounded = after <= before * mayGrow.factor + mayGrow.plus;
    return {
      bounded,
      line: `${bounded ? 'ok  ' : 'GREW'} ${what}: ${before.toFixed(1)} → ${after.toFixed(1)}`,
    };
  });
  const keys = Math.max(...samples.map(({ redisKeys }) => redisKeys));
  judged.push({
    bounded: keys <= REDIS_KEYS_MAX,
    line: `${keys <= REDIS_KEYS_MAX ? 'ok  ' : 'GREW'} Redis keys: at most ${keys} of ${REDIS_KEYS_MAX}`,
  });
  return { lines: judged.map(({ line }) => line), bounded: judged.every((each) => each.bounded) };
}
