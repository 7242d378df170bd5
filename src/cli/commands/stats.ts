import { Command, Option } from 'commander';
import { FIGURE_WINDOWS, type Figures, type FiguresFilter } from '../../client/failure-answers.ts';
import type { Stats } from '../../client/wire.ts';
import type { Status } from '../../domain/onboarding.ts';
import { given, withExamples } from '../arguments.ts';
import { valueOf, type CommandContext } from '../context.ts';
import { Misuse } from '../failures.ts';
import { printList, printTable, withJsonAndCsv, type OutputOptions } from '../output.ts';
import { STATUS_STYLE } from '../view/onboarding.ts';
import { regionColumns } from '../view/region.ts';
import type { Cell, Columns } from '../view/table.ts';

type Options = OutputOptions & Partial<FiguresFilter>;

export function statsCommand(context: CommandContext): Command {
  const command = new Command('stats')
    .description('Count onboardings by status, Region and error, and show each Region’s queue')
    .addOption(
      new Option('--window <window>', 'what happened lately instead, step by step').choices(FIGURE_WINDOWS),
    )
    .option('--region <region>', 'with --window: only this Region')
    .action((options: Options) =>
      options.window === undefined ? showStats(context, options) : showFigures(context, options),
    );
  return withExamples(
    withJsonAndCsv(command),
    'onboard stats',
    'onboard stats --window 24h --region eu-west-1',
  );
}

async function showStats({ terminal, openClient }: CommandContext, options: Options): Promise<void> {
  if (options.region !== undefined) throw new Misuse('--region is for --window: give both.');
  const client = await openClient();
  const value = await valueOf(client.stats());
  if (options.json === true || options.csv === true) {
    printList(terminal, options, { value, columns: countColumns(value) });
    return;
  }
  printTable(terminal, countColumns(value));
  terminal.out('\n');
  printTable(terminal, regionColumns(value.regions));
}

async function showFigures({ terminal, openClient }: CommandContext, options: Options): Promise<void> {
  const { window, region } = options;
  const client = await openClient();
  const value = await valueOf(client.figures(given({ window, region })));
  printList(terminal, options, { value, columns: figureColumns(value) });
}

/** Every count on a line of its own. */
const countColumns = (stats: Stats): Columns => ({
  head: ['COUNTED BY', 'NAME', 'ONBOARDINGS'],
  rows: [
    ...rowsOf('status', stats.byStatus),
    ...rowsOf('lane', stats.byLane),
    ...Object.entries(stats.byRegion).flatMap(([region, counts]) => rowsOf(region, counts)),
    ...rowsOf('error', stats.byErrorCode),
  ],
});

const rowsOf = (by: string, counts: Readonly<Record<string, number>>): Cell[][] =>
  Object.entries(counts)
    .filter(([, count]) => count > 0 || by === 'status')
    .map(([name, count]) => [by, { text: name, style: STATUS_STYLE[name as Status] }, count]);

const figureColumns = ({ points }: Figures): Columns => ({
  head: ['AT', 'ACCEPTED', 'PROVISIONED', 'FAILED', 'RETRIED', 'CANCELLED'],
  rows: points.map((it) => [it.at, it.accepted, it.provisioned, it.failed, it.retried, it.cancelled]),
});
