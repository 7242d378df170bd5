/** What the columns of a CSV are used for: by the names in its header, and by what its sender says of them. */
import type { FieldIssue } from '../../domain/field-issue.ts';
import { dropFormulaGuards } from '../../domain/formula-guard.ts';
import {
  columnField,
  templateParts,
  type ImportLayout,
  type TemplatedField,
} from '../../domain/import-layout.ts';
import { shown } from '../../domain/shown.ts';
import { cellsOf, type LinesAhead } from './csv-records.ts';
import { invalidRequest, ProblemError } from './problem.ts';
import { LINE_MAX_LENGTH } from './upload-text.ts';

export interface Table {
  readonly delimiter: string;
  /** The names in the header. */
  readonly columns: readonly string[];
  /** The columns that fill fields; one may fill several. */
  readonly fields: readonly { readonly name: string; readonly index: number }[];
  readonly templates: readonly Template[];
  readonly ignored: readonly string[];
}

export interface Template {
  readonly field: TemplatedField;
  readonly text: string;
  readonly parts: readonly TemplatePart[];
}

export type TemplatePart =
  | { readonly text: string }
  | { readonly name: string; readonly field: string }
  | { readonly name: string; readonly index: number };

/** The upload as a whole cannot be used: thrown before any row is accepted. */
const unusable = (...issues: readonly FieldIssue[]): ProblemError => new ProblemError(invalidRequest(issues));

const COLUMNS_MAX = 200;
const DELIMITERS = [',', ';', '\t', '|'] as const;

/** The names of the columns; the delimiter is the one asked for, that of a line `sep=`, or the one that fits the header. */
export async function readHeader(
  lines: LinesAhead,
  layout: ImportLayout,
): Promise<Pick<Table, 'delimiter' | 'columns'>> {
  let given = layout.delimiter;
  for (let line = await lines.at(0); line !== undefined; line = await lines.at(0)) {
    lines.drop(1);
    if (line.isCut)
      throw unusable(headerIssue('required', `It is longer than ${LINE_MAX_LENGTH} characters.`));
    const said = /^\s*sep=(.)\s*$/i.exec(line.text)?.[1];
    if (said !== undefined) given ??= said;
    else if (line.text.trim() !== '') {
      const delimiter = given ?? delimiterOf(line.text, layout);
      const columns = headerCells(line.text, delimiter);
      if (columns.length > COLUMNS_MAX) throw unusable(tooManyColumns(columns.length));
      return { delimiter, columns };
    }
  }
  throw unusable(headerIssue('required', 'The file is empty.'));
}

function headerCells(line: string, delimiter: string): readonly string[] {
  const cells = cellsOf(line, delimiter);
  return (cells === 'open' ? line.split(delimiter) : cells).map((cell) => dropFormulaGuards(cell).trim());
}

/** The separator that finds the most names that are used; of several the one with the most columns. */
function delimiterOf(header: string, { map }: ImportLayout): string {
  const mapped = new Set([...map.values()].map(folded));
  const worth = DELIMITERS.map((delimiter) => {
    const cells = headerCells(header, delimiter);
    const known = cells.filter((cell) => columnField(cell) !== undefined || mapped.has(folded(cell)));
    return known.length * header.length + cells.length;
  });
  return DELIMITERS[worth.indexOf(Math.max(...worth))] ?? ',';
}

const folded = (name: string): string => name.trim().toLowerCase();

/** Throws a {@link ProblemError} that names every column that is missing, unknown or there twice. */
export function planTable(
  { delimiter, columns }: Pick<Table, 'delimiter' | 'columns'>,
  layout: ImportLayout,
): Table {
  const issues: FieldIssue[] = [];
  const fields = new Map<string, number>();
  for (const [index, column] of columns.entries()) {
    const field = columnField(column);
    if (field === undefined || layout.map.has(field)) continue;
    if (fields.has(field)) issues.push(namedTwice(field));
    else fields.set(field, index);
  }
  for (const [field, column] of layout.map) {
    const found = columns.flatMap((name, index) => (folded(name) === folded(column) ? [index] : []));
    const [index] = found;
    if (index === undefined) issues.push(unknownColumn(`map.${field}`, column, columns));
    else if (found.length > 1) issues.push(namedTwice(column));
    else fields.set(field, index);
  }
  const templates = [...layout.templates].map(([field, text]): Template => {
    const parts = (templateParts(text) ?? []).map((part): TemplatePart => {
      if ('text' in part) return part;
      const { name } = part;
      const own = columnField(name);
      if (own !== undefined && (fields.has(own) || layout.defaults.has(own))) return { name, field: own };
      const index = columns.findIndex((column) => folded(column) === folded(name));
      if (index < 0) issues.push(unknownColumn(field, name, columns));
      return { name, index };
    });
    return { field, text, parts };
  });
  // A template replaces the column of its field.
  for (const { field } of templates) if (!usedFields(templates).has(field)) fields.delete(field);
  issues.push(
    ...lacking(columns, new Set([...fields.keys(), ...layout.defaults.keys(), ...layout.templates.keys()])),
  );
  if (issues.length > 0) throw unusable(...issues);
  const used = new Set([...fields.values(), ...usedColumns(templates)]);
  return {
    delimiter,
    columns,
    fields: [...fields].map(([name, index]) => ({ name, index })),
    templates,
    ignored: columns.filter((name, index) => name !== '' && !used.has(index)),
  };
}

const namesIn = (templates: readonly Template[]) => templates.flatMap(({ parts }) => parts);

const usedFields = (templates: readonly Template[]): ReadonlySet<string> =>
  new Set(namesIn(templates).flatMap((part) => ('field' in part ? [part.field] : [])));

const usedColumns = (templates: readonly Template[]): readonly number[] =>
  namesIn(templates).flatMap((part) => ('index' in part ? [part.index] : []));

/** The first issue names the columns that are there. */
function lacking(columns: readonly string[], there: ReadonlySet<string>): readonly FieldIssue[] {
  const missing = ['account', 'region']
    .filter((name) => !there.has(name))
    .map((name) => [`The column ${name} is missing.`, mapAdvice(name, columns)]);
  if (!there.has('sourceName') && !(there.has('eventNamespace') && there.has('eventName'))) {
    const advice =
      'Templates can make them: eventNamespace=customers/{customerId} (--event-namespace, --event-name).';
    missing.push(['The columns eventNamespace and eventName, or sourceName, are missing.', advice]);
  }
  return missing.map(([what = '', advice = ''], index) =>
    headerIssue('required', [what, ...(index === 0 ? [found(columns)] : []), advice].join(' ')),
  );
}

const found = (columns: readonly string[]): string => `Found: ${columns.map(shown).join(', ')}.`;

/** With the name of a column that looks like the one that is missing. */
function mapAdvice(field: string, columns: readonly string[]): string {
  const near = columns.find((name) =>
    name
      .toLowerCase()
      .replaceAll(/[^a-z]/g, '')
      .includes(field),
  );
  const column = near ?? 'your column';
  return `If it has another name, send map.${field}=${column} (--map ${field}="${column}").`;
}

function unknownColumn(field: string, column: string, columns: readonly string[]): FieldIssue {
  const message = `The file has no column ${shown(column)}. ${found(columns)}`;
  return { field, code: 'unknown_field', message };
}

const headerIssue = (code: FieldIssue['code'], what: string): FieldIssue => ({
  field: 'header',
  code,
  message: `The first line must name the columns. ${what}`,
});

const tooManyColumns = (count: number): FieldIssue => ({
  field: 'header',
  code: 'too_long',
  message: `The first line names ${count} columns; at most ${COLUMNS_MAX} are allowed.`,
});

/** Which of the two counts would be a guess. */
const namedTwice = (column: string): FieldIssue => ({
  field: 'header',
  code: 'duplicate_column',
  message: `The first line names the column ${shown(column)} twice.`,
});
