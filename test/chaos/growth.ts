/** Whether what a soak measured stays within bounds. */
import type { Sample } from './sampler.ts';

interface Bound {
  readonly what: string;
  readonly of: (sample: Sample) => number;
  /** Compared are the least values of the second and of the last quarter: what is left after collecting garbage. */
  readonly mayGrow: { readonly factor: number; readonly plus: number };
}

const PROCESS_BOUNDS = [
  { what: 'heap MB', of: 'heapMb', mayGrow: { factor: 1.25, plus: 10 } },
  { what: 'resident MB', of: 'rssMb', mayGrow: { factor: 1.25, plus: 30 } },
  { what: 'open files', of: 'openFiles', mayGrow: { factor: 1, plus: 10 } },
  { what: 'handles', of: 'handles', mayGrow: { factor: 1, plus: 10 } },
] as const;

const SHARED_BOUNDS: readonly Bound[] = [
  { what: 'Redis clients', of: (sample) => sample.redisClients, mayGrow: { factor: 1, plus: 10 } },
  { what: 'PostgreSQL sessions', of: (sample) => sample.postgresSessions, mayGrow: { factor: 1, plus: 10 } },
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
    PROCESS_BOUNDS.map(({ what, of, mayGrow }) => ({
      what: `${name} ${what}`,
      of: (sample) => sample.processes[index]![of],
      mayGrow,
    })),
  );
  const early = samples.slice(quarter, 2 * quarter);
  const late = samples.slice(-quarter);
  const judged = [...ofProcesses, ...SHARED_BOUNDS].map(({ what, of, mayGrow }) => {
    const [before, after] = [early, late].map((some) => Math.min(...some.map(of))) as [number, number];
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
