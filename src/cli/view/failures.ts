import type { FailureGroup } from '../../client/failure-answers.ts';
import type { Advice } from '../../domain/advice-topic.ts';
import { sparkline } from './relative-time.ts';
import { advisedCell, ADVISED } from './replay.ts';
import { safeText } from './safe-text.ts';
import { painter } from './style.ts';
import { detailsText, tableOf, tableText, type Columns, type Reader } from './table.ts';
import { wrapped } from './wrapped.ts';

function failureColumns(groups: readonly FailureGroup[]): Columns {
  return {
    head: ['ERROR', 'COUNT', 'FIRST', 'LAST', 'REGIONS', 'LAST 24 H', 'REPLAY'],
    rows: groups.map((it) => [
      it.errorCode,
      it.count,
      { instant: it.firstSeenAt },
      { instant: it.lastSeenAt },
      it.regions.map(({ region, count }) => `${region} ${count}`).join(', '),
      sparkline(it.trend.hours),
      advisedCell(it.advice),
    ]),
    cut: { REGIONS: 'start' },
    spare: ['REGIONS', 'FIRST', 'LAST'],
  };
}

/** For a spreadsheet: the advice has a column of its own. */
export function failureSheet(groups: readonly FailureGroup[]): Columns {
  const { head, rows } = failureColumns(groups);
  return { head: [...head, 'ADVICE'], rows: rows.map((row, index) => [...row, groups[index]?.advice.title]) };
}

/** A line for each group, and below it what to do. */
export function failuresText(groups: readonly FailureGroup[], reader: Reader): string {
  const paint = painter(reader.page);
  const { text } = tableOf(failureColumns(groups), reader);
  const [head = '', ...lines] = text.trimEnd().split('\n');
  const advised = groups.flatMap((group, index) => [
    lines[index] ?? '',
    paint('quiet', `  ${safeText(group.advice.title)}`),
  ]);
  return `${[head, ...advised].join('\n')}\n`;
}

/** All that is known of one group: what it means, what to do, and the commands that come next. */
export function failureText(group: FailureGroup, reader: Reader): string {
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
  const { word, style } = ADVISED[advice.replay];
  const steps = advice.todo.map((step, index) => wrapped(`${index + 1}. ${safeText(step)}`, columns, '   '));
  return [
    paint('strong', safeText(advice.title)),
    wrapped(safeText(advice.meaning), columns),
    `Whose move: ${MOVES[advice.side]}.`,
    '',
    ...steps,
    '',
    wrapped(`Replay: ${word}. ${safeText(advice.replayNote)}`, columns).replace(word, paint(style, word)),
    `Runbook: ${safeText(advice.runbook)}`,
    ...(advice.template === undefined ? [] : ['', 'To send:', '', indented(advice.template)]),
    '',
  ].join('\n');
}

const MOVES: Readonly<Record<Advice['side'], string>> = {
  ours: 'ours',
  aws: 'AWS’s',
  customer: 'ours, together with the customer',
};

/** A template has lines of its own. */
const indented = (text: string): string =>
  text
    .split('\n')
    .map((line) => `  | ${safeText(line)}`.trimEnd())
    .join('\n');

function nextCommands({ errorCode, lastSeenAt, advice, sampleIds }: FailureGroup): string {
  const code = shellWord(errorCode);
  const reason = advice.replay === 'sensible' ? 'the fault has passed' : 'what was wrong is mended';
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
