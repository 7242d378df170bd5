import { SingleBar } from 'cli-progress';
import type { Terminal } from './terminal.ts';
import { safeText } from './view/text.ts';

/** Shows on stderr how far something is: a bar on a terminal, a line every few seconds elsewhere. */
export interface ProgressBar {
  /** `told`: what stands behind the bar. */
  update(value: number, told: string): void;
  /** May be called more than once. */
  stop(): void;
}

const LINE_EVERY_MS = 5_000;

/** @param what stands between the count and the rest: `ended` makes `12/300 ended` */
export function progressBar(
  { screen, err }: Pick<Terminal, 'screen' | 'err'>,
  { total, what }: { total: number; what: string },
): ProgressBar {
  return screen === undefined ? lines(err, { total, what }) : bar(screen, { total, what });
}

function bar(stream: NodeJS.WriteStream, { total, what }: { total: number; what: string }): ProgressBar {
  const drawn = new SingleBar({
    stream,
    format: `{bar} {value}/{total} ${what}  {told}`,
    barsize: 24,
    hideCursor: true,
    formatValue: (value) => safeText(String(value)),
  });
  drawn.start(total, 0, { told: '' });
  return {
    update: (value, told) => drawn.update(value, { told: safeText(told) }),
    stop: () => drawn.stop(),
  };
}

function lines(err: Terminal['err'], { total, what }: { total: number; what: string }): ProgressBar {
  let lastAt = -Infinity;
  return {
    update(value, told) {
      const now = performance.now();
      if (now - lastAt < LINE_EVERY_MS && value < total) return;
      lastAt = now;
      err(`${safeText(`${value}/${total} ${what}  ${told}`)}\n`);
    },
    stop: () => undefined,
  };
}
