import { Command, Option } from 'commander';
import type { Figures, FiguresFilter, Stats } from '../../client/wire.ts';
import { FIGURE_WINDOWS } from '../../domain/figures.ts';
import type { Status } from '../../domain/onboarding.ts';
import { given, someText } from '../arguments.ts';
import { call, withAction, type CommandContext } from '../command.ts';
import { Misuse } from '../failures.ts';
import { tableOutput } from '../output.ts';
import { STATUS_STYLE } from '../view/onboarding.ts';
import { regionColumns } from '../view/region.ts';
import type { Cell, Columns } from '../view/table.ts';

export function statsCommand(context: CommandContext): Command {
  const command = new Command('stats')
    .description('Count onboardings by status, Region and error, and show each Region’s queue')
    .addOption(
      new Option('--window <window>', 'show outcomes per time step instead').choices(
        Object.keys(FIGURE_WINDOWS),
      ),
    )
    .option('--region <region>', 'with --window: only this Region', someText);
  return withAction<FiguresFilter>(command, context, {
    csv: true,
    examples: ['onboard stats', 'onboard stats --window 24h --region eu-west-1'],
    async run({ window, region }) {
      if (window !== undefined) {
        const figures = await call(context, (client) => client.figures(given({ window, region })));
        return tableOutput(figures, figureColumns(figures));
      }
      if (region !== undefined) throw new Misuse('--region requires --window.');
      const stats = await call(context, (client) => client.stats());
      const counts = countColumns(stats);
      return { value: stats, parts: [counts, regionColumns(stats.regions)], csv: counts };
    },
  });
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
