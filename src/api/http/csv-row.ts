/** One record of a CSV as a request: its cells by what the table uses them for, then defaults, then templates. */
import { invalid, type Checked, type FieldIssue } from '../../domain/field-issue.ts';
import { issuesOf } from '../../domain/fields.ts';
import {
  fieldsOf,
  TEMPLATED_FIELDS,
  type ImportLayout,
  type TemplatedField,
} from '../../domain/import-layout.ts';
import { parseOnboardingRequest, type RequestRules } from '../../domain/onboarding-request.ts';
import type { OnboardingRequest } from '../../domain/onboarding.ts';
import { shown } from '../../domain/shown.ts';
import { cleanCell, destroyedAccount } from './csv-cells.ts';
import type { CsvRecord } from './csv-records.ts';
import type { Table, Template } from './csv-table.ts';
import { UNREADABLE } from './upload-text.ts';

export interface Plan {
  readonly table: Table;
  readonly layout: ImportLayout;
  readonly rules: RequestRules;
}

export interface CheckedRow {
  readonly request: Checked<OnboardingRequest>;
  /** What was checked; undefined where the row cannot be read. */
  readonly fields: unknown;
  /** As they stand in the file; of a row that cannot be read, its text. */
  readonly cells: readonly string[];
}

/** By field, with `metadata.<key>` as a name of its own. */
type Values = Record<string, string>;

/** An empty or missing cell is a field that was not given. */
export function checkRecord(record: CsvRecord, plan: Plan): CheckedRow & { readonly cleaned: number } {
  const { columns } = plan.table;
  const { cells, problem } = record;
  // Never its cells: cut at other places than its sender meant, they could make another row when they are sent again.
  const refused = (request: Checked<never>) => ({
    request,
    fields: undefined,
    cells: [record.text],
    cleaned: 0,
  });
  if (cells === undefined) return refused(unreadable(problem ?? ''));
  if (cells.slice(columns.length).some((cell) => cell.trim() !== '')) {
    const counts = `The row has ${cells.length} cells, the header ${columns.length}`;
    return refused(unreadable(`${counts}: check its separators and quotes.`));
  }
  const row = new RowCells(cells, { columns, hasOpenQuote: record.hasOpenQuote === true });
  // Once for every row of a million: what is in order goes into few objects. Names begin with none of JavaScript's own.
  const values: Values = {};
  for (const { name, index } of plan.table.fields) {
    const value = row.read(name, index);
    if (value !== '') values[name] = value;
  }
  for (const [name, value] of plan.layout.defaults) values[name] ??= value;
  const { templates } = plan.table;
  const lacking = templates.length === 0 ? [] : fillTemplates(templates, values, row);
  if (row.fault === 'openQuote') return refused(unreadable(openQuote(row.faultyCell)));
  if (row.fault !== undefined) return { ...refused(invalid(row.fault)), cells };
  const fields = fieldsOf(Object.entries(values));
  const request = withSpreadsheetAdvice(parseOnboardingRequest(fields, plan.rules), fields['account']);
  return { request: withLacking(request, lacking), fields, cells, cleaned: row.cleaned };
}

/** Cells as they are used; a class because it counts what it cleans and keeps the first that cannot be read. */
class RowCells {
  cleaned = 0;
  fault: FieldIssue | 'openQuote' | undefined;
  faultyCell = '';
  readonly #cells: readonly string[];
  readonly #columns: readonly string[];
  readonly #hasOpenQuote: boolean;

  constructor(
    cells: readonly string[],
    { columns, hasOpenQuote }: { columns: readonly string[]; hasOpenQuote: boolean },
  ) {
    this.#cells = cells;
    this.#columns = columns;
    this.#hasOpenQuote = hasOpenQuote;
  }

  /** @param name the field that the cell fills, or its column */
  read(name: string, index: number): string {
    const given = this.#cells[index];
    if (given === undefined || given === '' || this.fault !== undefined) return '';
    if (given.includes(UNREADABLE)) this.fault = notUtf8(this.#columns[index] ?? name, given);
    else if (this.#hasOpenQuote && given.startsWith('"')) {
      this.fault = 'openQuote';
      this.faultyCell = given;
    }
    const { text, isCleaned } = cleanCell(name, given);
    if (isCleaned) this.cleaned += 1;
    return text;
  }
}

/** Sets the fields that templates make, from the values before any of them; answers what a template lacks. */
function fillTemplates(templates: readonly Template[], values: Values, row: RowCells): readonly FieldIssue[] {
  const lacking: FieldIssue[] = [];
  const made = templates.map(({ field, text, parts }) => {
    const texts = parts.map((part) => {
      if ('text' in part) return part.text;
      const value = 'field' in part ? values[part.field] : row.read(part.name, part.index);
      if (value === undefined || value.trim() === '') lacking.push(lacks(field, text, part.name));
      return value?.trim() ?? '';
    });
    return [field, texts.join('')] as const;
  });
  for (const [field, value] of made) values[field] = value;
  return lacking;
}

const lacks = (field: TemplatedField, template: string, name: string): FieldIssue => ({
  field,
  code: 'required',
  message: `The template ${shown(template)} needs ${name}, which is empty in this row.`,
});

const NAME_FIELDS: readonly string[] = ['sourceName', ...TEMPLATED_FIELDS];

/** A name that lacks a part is not judged further. */
function withLacking(
  request: Checked<OnboardingRequest>,
  lacking: readonly FieldIssue[],
): Checked<OnboardingRequest> {
  if (lacking.length === 0) return request;
  return invalid(...issuesOf(request).filter(({ field }) => !NAME_FIELDS.includes(field)), ...lacking);
}

/** Says of an account that a spreadsheet has changed how that came, which a JSON body never meets. */
function withSpreadsheetAdvice(
  request: Checked<OnboardingRequest>,
  account: unknown,
): Checked<OnboardingRequest> {
  const message = request.ok || typeof account !== 'string' ? undefined : destroyedAccount(account);
  if (request.ok || message === undefined) return request;
  return invalid(
    ...request.issues.map((issue) => (issue.field === 'account' ? { ...issue, message } : issue)),
  );
}

export function unreadable(message: string): Checked<never> {
  return invalid({ field: 'row', code: 'unreadable_row', message });
}

const openQuote = (cell: string): string =>
  `A quoted cell is never closed: ${shown(cell)}. Double the quotes inside a quoted cell.`;

export const notUtf8 = (field: string, text: string): FieldIssue => ({
  field,
  code: 'invalid_text',
  message: `The line is not UTF-8: ${shown(text)}. Save the file as UTF-8.`,
});
