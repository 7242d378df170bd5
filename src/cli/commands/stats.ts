import { Command } from 'commander';
import type { RegionStats, Stats } from '../../client/wire.ts';
import { withExamples } from '../arguments.ts';
import { valueOf, type CommandContext } from '../context.ts';
import { regionStateText } from '../region-view.ts';
import { printList, withJsonAndCsv, type OutputOptions } from '../output.ts';
import { tableText, type Cell, type Columns } from '../table.ts';

export function statsCommand({ terminal, openClient }: CommandContext): Command {
  const command = new Command('stats')
    .description('Count onboardings by status, Region and error, and show each Region’s queue')
    .action(async (options: OutputOptions) => {
      const client = await openClient();
      const value = await valueOf(client.stats());
      if (options.json !== true && options.csv !== true) terminal.out(statsText(value));
      else printList(terminal, options, { value, columns: countColumns(value) });
    });
  return withExamples(withJsonAndCsv(command), 'onboard stats');
}

function statsText(stats: Stats): string {
  return [countColumns(stats), regionColumns(stats.regions)].map(tableText).join('\n');
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
    .map(([name, count]) => [by, name, count]);

const regionColumns = (regions: readonly RegionStats[]): Columns => ({
  head: ['REGION', 'WAITING', 'ACTIVE', 'DELAYED', 'OLDEST MS', 'STATE', 'QUOTA/S'],
  rows: regions.map((it) => [
    it.region,
    it.waiting,
    it.active,
    it.delayed,
    it.oldestWaitingMs,
    regionStateText(it),
    it.quota.perSecond,
  ]),
});
