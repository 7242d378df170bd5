import type { Status } from '../../domain/onboarding.ts';
import { progressBar } from '../progress-bar.ts';
import type { Terminal } from '../terminal.ts';

/** Shows on stderr how far the onboardings are. */
export interface Progress {
  expect(total: number): void;
  update(counts: Counts): void;
  /** May be called more than once. */
  stop(): void;
}

type Counts = Readonly<Record<Status, number>>;

export function showProgress(terminal: Terminal, rows: number): Progress {
  terminal.err(`Importing ${rows} rows…\n`);
  const bar = progressBar(terminal, { total: rows, what: 'ended' });
  const rate = rateMeter();
  return {
    expect: (total) => bar.setTotal(total),
    update: (counts) => bar.update(ended(counts), told(counts, rate(ended(counts)))),
    stop: () => bar.stop(),
  };
}

const ended = ({ provisioned, failed, cancelled }: Counts): number => provisioned + failed + cancelled;

const told = (counts: Counts, perSecond: number): string =>
  `provisioned ${counts.provisioned}  failed ${counts.failed}  retrying ${counts.retrying}  ${perSecond.toFixed(0)}/s`;

/** Ended onboardings per second since the first look. */
function rateMeter(): (count: number) => number {
  const startedAt = performance.now();
  return (count) => (count * 1_000) / Math.max(1, performance.now() - startedAt);
}
