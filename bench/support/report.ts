/** What a benchmark has to say: one table, and the ratios or figures that are held to a goal. */
export interface Report {
  /** As it is called on the command line. */
  readonly name: string;
  readonly title: string;
  /** How it was measured, in a sentence or two. */
  readonly how: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly goals: readonly Goal[];
}

export interface Goal {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly atLeast?: number;
  readonly atMost?: number;
}

export const isMet = ({ value, atLeast, atMost }: Goal): boolean =>
  value >= (atLeast ?? -Infinity) && value <= (atMost ?? Infinity);

/** Three digits that count, whatever the size. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

function boundOf({ atLeast, atMost, unit }: Goal): string {
  if (atLeast !== undefined) return `≥ ${atLeast.toLocaleString('en')} ${unit}`;
  return atMost === undefined ? '' : `≤ ${atMost.toLocaleString('en')} ${unit}`;
}

export function toMarkdown({ title, how, columns, rows, goals }: Report): string {
  const table = (head: readonly string[], body: readonly (readonly string[])[]): string[] => [
    `| ${head.join(' | ')} |`,
    `|${head.map(() => '---').join('|')}|`,
    ...body.map((cells) => `| ${cells.join(' | ')} |`),
  ];
  const verdicts = goals.map((goal) => [
    goal.what,
    `${digits(goal.value)} ${goal.unit}`,
    boundOf(goal),
    isMet(goal) ? 'reached' : '**missed**',
  ]);
  return [
    `### ${title}`,
    '',
    how,
    '',
    ...table(columns, rows),
    '',
    ...(goals.length === 0 ? [] : table(['figure', 'measured', 'goal', ''], verdicts)),
    '',
  ].join('\n');
}
