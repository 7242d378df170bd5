import { Command } from 'commander';
import type { FailureGroup, FailuresFilter } from '../../client/wire.ts';
import type { Advice } from '../../domain/advice-topic.ts';
import { shown } from '../../domain/shown.ts';
import { given, someText, withPeriod } from '../arguments.ts';
import { call, withAction, type CommandContext } from '../command.ts';
import { CommandFailed } from '../failures.ts';
import { ADVISED } from '../view/replay.ts';
import { painter } from '../view/style.ts';
import { detailsText, tableText, type Columns, type Reader } from '../view/table.ts';
import { safeText, wrapped } from '../view/text.ts';

export function failuresCommand(context: CommandContext): Command {
  const filtered = new Command('failures')
    .description('Group failures by error, with advice; or show one error')
    .argument('[code]', 'an error’s name, to show its meaning, its fix and the next commands')
    .option('--region <region>', 'only this Region', someText);
  const command = withPeriod(filtered, 'failed ', context.terminal.now);
  return withAction<FailuresFilter>(command, context, {
    csv: true,
    examples: [
      'onboard failures',
      'onboard failures LimitExceededException',
      'onboard failures --region eu-west-1 --from 24h --csv > failures.csv',
    ],
    async run({ region, from, to, json, csv }, [code]) {
      const { items } = await call(context, (client) => client.failures(given({ region, from, to })));
      if (code !== undefined) {
        const group = groupOf(items, code);
        return {
          value: group,
          parts: [(reader) => failureText(group, reader)],
          csv: failureSheet([group]),
        };
      }
      if (items.length === 0 && json === undefined && csv === undefined) {
        context.terminal.err('No failures.\n');
        return undefined;
      }
      return {
        value: { items },
        parts: [(reader) => failuresText(items, reader)],
        csv: failureSheet(items),
        notes: json === undefined && csv === undefined ? ['', MORE] : [],
      };
    },
  });
}

const MORE = 'Run "onboard failures <error>" for its meaning and fix.';

function groupOf(groups: readonly FailureGroup[], code: string): FailureGroup {
  const group = groups.find(({ errorCode }) => errorCode === code);
  if (group !== undefined) return group;
  const there = groups.map(({ errorCode }) => safeText(errorCode)).join(', ');
  throw new CommandFailed(
    `No failures with ${shown(code)}${there === '' ? '.' : `. Current errors: ${there}.`}`,
  );
}

const failureColumns = (groups: readonly FailureGroup[]): Columns => ({
  head: ['ERROR', 'COUNT', 'OWNER', 'FIRST', 'LAST', 'REGIONS', 'LAST 24 H', 'REPLAY'],
  rows: groups.map((it) => [
    it.errorCode,
    it.count,
    OWNERS[it.advice.side],
    { instant: it.firstSeenAt },
    { instant: it.lastSeenAt },
    it.regions.map(({ region, count }) => `${region} ${count}`).join(', '),
    sparkline(it.trend.hours),
    ADVISED[it.advice.replay],
  ]),
  cut: { REGIONS: 'start' },
  spare: ['REGIONS', 'FIRST', 'LAST'],
});

/** For a spreadsheet: the advice has a column of its own. */
function failureSheet(groups: readonly FailureGroup[]): Columns {
  const { head, rows } = failureColumns(groups);
  return { head: [...head, 'ADVICE'], rows: rows.map((row, index) => [...row, groups[index]?.advice.title]) };
}

/** A line for each group, and below it what to do. */
function failuresText(groups: readonly FailureGroup[], reader: Reader): string {
  const paint = painter(reader.page);
  const [head = '', ...lines] = tableText(failureColumns(groups), reader).trimEnd().split('\n');
  const advised = groups.flatMap(({ advice }, index) => [
    lines[index] ?? '',
    paint('quiet', `  ${safeText(advice.title)}`),
  ]);
  return `${[head, ...advised].join('\n')}\n`;
}

/** All that is known of one group: what it means, what to do, and the commands that come next. */
function failureText(group: FailureGroup, reader: Reader): string {
  const { advice, trend } = group;
  const facts = detailsText(
    [
      ['error', { text: group.errorCode, style: 'bad' }],
      ['kind', group.kind],
      ['said', group.message],
      ['count', group.count],
      ['first seen', { instant: group.firstSeenAt }],
      ['last seen', { instant: group.lastSeenAt }],
      ['last hour', `${trend.lastHour}, the hour before ${trend.hourBefore}`],
      ['last 24 h', sparkline(trend.hours)],
    ],
    reader,
  );
  const regions = tableText(
    { head: ['REGION', 'COUNT'], rows: group.regions.map(({ region, count }) => [region, count]) },
    reader,
  );
  return [facts, regions, adviceText(advice, reader), nextCommands(group)].join('\n');
}

function adviceText(advice: Advice, reader: Reader): string {
  const paint = painter(reader.page);
  const columns = reader.page?.columns;
  const { verdict, style } = ADVISED[advice.replay];
  const steps = advice.todo.map((step, index) => wrapped(`${index + 1}. ${safeText(step)}`, columns, '   '));
  return [
    paint('strong', safeText(advice.title)),
    wrapped(safeText(advice.meaning), columns),
    `Owner: ${OWNERS[advice.side]}`,
    '',
    ...steps,
    '',
    wrapped(`${verdict}. ${safeText(advice.replayNote)}`, columns).replace(verdict, paint(style, verdict)),
    `Runbook: ${safeText(advice.runbook)}, in the console ${safeText(advice.runbook.replace(/^docs(.*)\.md$/, '$1'))}`,
    ...(advice.template === undefined ? [] : ['', 'Request text:', '', indented(advice.template)]),
    '',
  ].join('\n');
}

const OWNERS: Readonly<Record<Advice['side'], string>> = {
  ours: 'us',
  aws: 'AWS',
  customer: 'customer',
};

/** A template has lines of its own. */
const indented = (text: string): string =>
  text
    .split('\n')
    .map((line) => `  | ${safeText(line)}`.trimEnd())
    .join('\n');

function nextCommands({ errorCode, lastSeenAt, advice, sampleIds }: FailureGroup): string {
  const code = shellWord(errorCode);
  const reason = advice.replay === 'sensible' ? 'AWS has recovered' : 'the cause is fixed';
  const commands = [
    `onboard list --status failed --error-code ${code}`,
    ...sampleIds.slice(0, 1).map((id) => `onboard show ${shellWord(id)}`),
    `onboard replay --error-code ${code} --ended-to ${shellWord(lastSeenAt)} --reason "${reason}" --dry-run`,
  ];
  return `Next:\n${commands.map((line) => `  $ ${line}\n`).join('')}`;
}

/** An error's name comes from outside, and people paste what they see. */
function shellWord(text: string): string {
  const safe = safeText(text);
  return /^[A-Za-z0-9._:@/+-]+$/.test(safe) ? safe : `'${safe.replaceAll("'", String.raw`'\''`)}'`;
}

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** A bar for each number, as high as it is of the biggest one; a small one is seen to be more than none. */
export function sparkline(numbers: readonly number[]): string {
  const most = Math.max(1, ...numbers);
  return numbers
    .map((value) => BARS[value <= 0 ? 0 : Math.max(1, Math.round((value / most) * (BARS.length - 1)))])
    .join('');
}
