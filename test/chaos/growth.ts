/** Whether what a soak measured stays within bounds. */
import type { Sample } from './sampler.ts';

interface Bound {
  readonly what: string;
  readonly of: (sample: Sample) => number;
  /** What stands for a quarter: the least of memory is what is left after collecting garbage; of others the median. */
  readonly by: 'least' | 'median';
  readonly mayGrow: { readonly factor: number; readonly plus: number };
}

const PROCESS_BOUNDS = [
  { what: 'heap MB', of: 'heapMb', by: 'least', mayGrow: { factor: 1.25, plus: 10 } },
  { what: 'resident MB', of: 'rssMb', by: 'least', mayGrow: { factor: 1.25, plus: 30 } },
  { what: 'open files', of: 'openFiles', by: 'median', mayGrow: { factor: 1, plus: 10 } },
  { what: 'handles', of: 'handles', by: 'median', mayGrow: { factor: 1, plus: 10 } },
] as const;

const SHARED_BOUNDS: readonly Bound[] = [
  {
    what: 'Redis clients',
    of: (sample) => sample.redisClients,
    by: 'median',
    mayGrow: { factor: 1, plus: 10 },
  },
  {
    what: 'PostgreSQL sessions',
    of: (sample) => sample.postgresSessions,
    by: 'median',
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
    PROCESS_BOUNDS.map(({ what, of, by, mayGrow }) => ({
      what: `${name} ${what}`,
      of: (sample) => sample.processes[index]![of],
      by,
      mayGrow,
    })),
  );
  const early = samples.slice(quarter, 2 * quarter);
  const late = samples.slice(-quarter);
  const judged = [...ofProcesses, ...SHARED_BOUNDS].map(({ what, of, by, mayGrow }) => {
    const [before, after] = [standing(early.map(of), by), standing(late.map(of), by)];
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

function standing(values: readonly number[], by: Bound['by']): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[by === 'least' ? 0 : Math.floor(sorted.length / 2)]!;
}
