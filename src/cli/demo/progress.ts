import { SingleBar } from 'cli-progress';
import type { Status } from '../../domain/onboarding.ts';
import type { Terminal } from '../terminal.ts';

/** Shows on stderr how far the onboardings are: a bar on a terminal, a line every few seconds elsewhere. */
export interface Progress {
  expect(total: number): void;
  update(counts: Readonly<Record<Status, number>>): void;
  /** May be called more than once. */
  stop(): void;
}

const LINE_EVERY_MS = 5_000;

export function showProgress(terminal: Terminal, rows: number): Progress {
  return terminal.screen === undefined ? lines(terminal, rows) : bar(terminal.screen, rows);
}

function bar(stream: NodeJS.WriteStream, rows: number): Progress {
  const drawn = new SingleBar({
    stream,
    format: '{bar} {value}/{total} ended  {told}',
    barsize: 30,
    hideCursor: true,
  });
  const rate = rateMeter();
  drawn.start(rows, 0, { told: 'importing' });
  return {
    expect: (total) => drawn.setTotal(total),
    update: (counts) => drawn.update(ended(counts), { told: told(counts, rate(ended(counts))) }),
    stop: () => drawn.stop(),
  };
}

function lines({ err }: Terminal, rows: number): Progress {
  const rate = rateMeter();
  let total = rows;
  let lastAt = -Infinity;
  err(`Importing ${rows} rows…\n`);
  return {
    expect: (accepted) => (total = accepted),
    update: (counts) => {
      const now = performance.now();
      const perSecond = rate(ended(counts));
      if (now - lastAt < LINE_EVERY_MS && ended(counts) < total) return;
      lastAt = now;
      err(`${ended(counts)}/${total} ended  ${told(counts, perSecond)}\n`);
    },
    stop: () => undefined,
  };
}

type Counts = Readonly<Record<Status, number>>;

const ended = ({ provisioned, failed, cancelled }: Counts): number => provisioned + failed + cancelled;

const told = (counts: Counts, perSecond: number): string =>
  `provisioned ${counts.provisioned}  failed ${counts.failed}  retrying ${counts.retrying}  ${perSecond.toFixed(0)}/s`;

/** Ended onboardings per second since the first look. */
function rateMeter(): (count: number) => number {
  const startedAt = performance.now();
  return (count) => (count * 1_000) / Math.max(1, performance.now() - startedAt);
}
