import type { ChaosReport } from './run.ts';
import type { Verdict } from './verify.ts';

const COUNTS = ['lost', 'doubled', 'misassigned', 'wrong'] as const satisfies readonly (keyof Verdict)[];
const SHOWN_EACH = 10;

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

export const isKept = (report: ChaosReport): boolean =>
  report.settledMs !== null && COUNTS.every((count) => report[count].length === 0);

/** A line for a run that kept its promises; what it broke, and what the processes said last, for one that did not. */
export function describeRun(report: ChaosReport): string {
  const { seed, rows, provisioned, failed, cancelled, attempts, processes, calls } = report;
  const line = [
    `seed ${seed}: ${rows} onboardings (${provisioned} provisioned, ${failed} failed as they should, ${cancelled} cancelled)`,
    `${attempts} attempts`,
    `${report.webhooks} webhooks`,
    `${sum([...report.struck.values()])} faults, of them ${processes.kills} kills, ${processes.stops} stops, ${processes.freezes} freezes`,
    `${calls.tries} calls, ${calls.unanswered} unanswered, ${calls.later} told to come later`,
    `settled ${report.settledMs === null ? 'never' : `${seconds(report.settledMs)} after the last fault`}`,
    seconds(report.durationMs),
    ...COUNTS.map((count) => `${report[count].length} ${count}`),
  ].join(' · ');
  if (isKept(report)) return `${line}\n`;
  const broken = [
    ...report.stillOpen.map((what) => `  still open: ${what}`),
    ...COUNTS.flatMap((count) => report[count].slice(0, SHOWN_EACH).map((what) => `  ${count}: ${what}`)),
  ];
  const struck = [...report.struck].map(([name, times]) => `${name} ×${times}`).join(', ');
  return `${line}\n${broken.join('\n')}\n  struck: ${struck}\n${report.lastWords}\n`;
}

export function summarise(reports: readonly ChaosReport[]): { text: string; kept: boolean } {
  const struck = new Map<string, number>();
  for (const report of reports)
    for (const [name, times] of report.struck) struck.set(name, (struck.get(name) ?? 0) + times);
  const faults = [...struck]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, times]) => `${name} ×${times}`);
  const total = (of: (report: ChaosReport) => number): number => sum(reports.map(of));
  const text = [
    `${reports.length} runs, seeds ${reports.map(({ seed }) => seed).join(' ')}`,
    `${total(({ rows }) => rows)} onboardings: ${total(({ provisioned }) => provisioned)} provisioned, ${total(({ failed }) => failed)} failed as they should, ${total(({ cancelled }) => cancelled)} cancelled; ${total(({ attempts }) => attempts)} attempts, ${total(({ webhooks }) => webhooks)} webhooks`,
    `${total(({ calls }) => calls.tries)} calls of the API, ${total(({ calls }) => calls.unanswered)} without an answer, ${total(({ calls }) => calls.later)} told to come later`,
    `${sum([...struck.values()])} faults: ${faults.join(', ')}`,
    COUNTS.map((count) => `${total((report) => report[count].length)} ${count}`).join(', '),
    '',
  ].join('\n');
  return { text, kept: reports.every(isKept) };
}
