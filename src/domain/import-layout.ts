/** How the columns of a file become the fields of requests, where its header does not name the fields itself. */
import { invalid, valid, type Checked, type FieldIssue } from './field-issue.ts';
import { issuesOf } from './fields.ts';
import { parseOnboardingRequest, REQUEST_FIELDS, type RequestRules } from './onboarding-request.ts';
import { shown } from './shown.ts';
import { shownKey } from './text.ts';

const METADATA = 'metadata.';

/** Fields that a column can fill, beside `metadata.<key>`. */
export const COLUMN_FIELDS = REQUEST_FIELDS.filter((field) => field !== 'metadata');

/** Fields that a template can make of others. */
export const TEMPLATED_FIELDS = ['eventNamespace', 'eventName'] as const;
export type TemplatedField = (typeof TEMPLATED_FIELDS)[number];

export interface ImportLayout {
  /** Undefined: the header tells. */
  readonly delimiter: string | undefined;
  /** The column of a field, by its name in the header. */
  readonly map: ReadonlyMap<string, string>;
  /** For empty cells and missing columns. */
  readonly defaults: ReadonlyMap<string, string>;
  /** Such as `customers/{customerId}`; used instead of the field's column. */
  readonly templates: ReadonlyMap<TemplatedField, string>;
}

/** How a file was read. */
export interface ShownLayout {
  readonly delimiter: string;
  /** The names in its header. */
  readonly columns: readonly string[];
  /** The column that fills each field. */
  readonly map: Readonly<Record<string, string>>;
  readonly default: Readonly<Record<string, string>>;
  readonly eventNamespace: string | null;
  readonly eventName: string | null;
}

/** The header names the request's fields. */
export const OWN_LAYOUT: ImportLayout = {
  delimiter: undefined,
  map: new Map(),
  defaults: new Map(),
  templates: new Map(),
};

const NAMED_DELIMITERS: Readonly<Record<string, string>> = {
  comma: ',',
  semicolon: ';',
  tab: '\t',
  '\\t': '\t',
  pipe: '|',
};

const OPTIONS = `delimiter, map.<field>, default.<field>, ${TEMPLATED_FIELDS.join(', ')}`;
const FIELD_NAMES = `${COLUMN_FIELDS.join(', ')}, metadata.<key>`;

/** Reads `delimiter`, `map.<field>`, `default.<field>` and the templates; whatever is wrong with them is said at once. */
export function parseImportLayout(options: Readonly<Record<string, unknown>>): Checked<ImportLayout> {
  const map = new Map<string, string>();
  const defaults = new Map<string, string>();
  const templates = new Map<TemplatedField, string>();
  const issues: FieldIssue[] = [];
  let delimiter: string | undefined;
  for (const [name, value] of Object.entries(options)) {
    const [, kind, given = ''] = /^(map|default)[.](.*)$/s.exec(name) ?? [];
    const templated = TEMPLATED_FIELDS.find((field) => field === name);
    if (typeof value !== 'string' || value === '') issues.push(notOne(name, value));
    else if (name === 'delimiter') {
      delimiter = NAMED_DELIMITERS[value.toLowerCase()] ?? value;
      issues.push(...delimiterIssues(delimiter));
    } else if (templated !== undefined) {
      templates.set(templated, value);
      if (templateParts(value) === undefined) issues.push(malformed(templated, value));
    } else if (kind === undefined) issues.push(unknownOption(name));
    else {
      const field = columnField(given);
      if (field === undefined) issues.push(unknownField(name, given));
      else (kind === 'map' ? map : defaults).set(field, value);
    }
  }
  for (const field of templates.keys()) if (defaults.has(field)) issues.push(bothGiven(field));
  return issues.length > 0 ? invalid(...issues) : valid({ delimiter, map, defaults, templates });
}

/** What no row could be given: a Region that is not ours, for example. */
export function defaultIssues({ defaults }: ImportLayout, rules: RequestRules): readonly FieldIssue[] {
  const given = new Set(defaults.keys());
  const request = parseOnboardingRequest(fieldsOf(defaults), rules);
  return issuesOf(request)
    .filter(({ field, code }) => given.has(field) && code !== 'required')
    .map(({ field, code, message }) => ({
      field: `default.${field}`,
      code,
      message,
    }));
}

const FIELDS = new Map(COLUMN_FIELDS.map((field) => [field.toLowerCase(), field as string]));

/** The field that a name stands for: without case and surrounding blanks, but for the key of metadata. */
export function columnField(given: string): string | undefined {
  const name = given.trim();
  const field = FIELDS.get(name.toLowerCase());
  if (field !== undefined) return field;
  const isMetadata = name.toLowerCase().startsWith(METADATA) && name.length > METADATA.length;
  return isMetadata ? METADATA + name.slice(METADATA.length) : undefined;
}

/** The fields as a request has them, with `metadata` as one object. */
export function fieldsOf(values: Iterable<readonly [string, string]>): Readonly<Record<string, unknown>> {
  const fields: Record<string, unknown> = {};
  const metadata: [string, string][] = [];
  for (const [name, value] of values) {
    if (name.startsWith(METADATA)) metadata.push([name.slice(METADATA.length), value]);
    else fields[name] = value;
  }
  // Whatever a key is called, it becomes a key of the object itself.
  fields['metadata'] = Object.fromEntries(metadata);
  return fields;
}

/** The names in braces, and the texts between them; undefined: the braces do not pair. */
export function templateParts(
  template: string,
): readonly ({ readonly text: string } | { readonly name: string })[] | undefined {
  const parts = template.match(/\{[^{}]*\}|[^{}]+/g) ?? [];
  if (parts.join('') !== template) return undefined;
  const read = parts.map((part) =>
    part.startsWith('{') ? { name: part.slice(1, -1).trim() } : { text: part },
  );
  return read.some((part) => 'name' in part && part.name === '') ? undefined : read;
}

function delimiterIssues(delimiter: string): readonly FieldIssue[] {
  if (/^[^"\r\n]$/u.test(delimiter)) return [];
  const message = `${shown(delimiter)} is not a delimiter: send comma, semicolon, tab, pipe, or any single character but a quote or the end of a line.`;
  return [{ field: 'delimiter', code: 'invalid_text', message }];
}

const notOne = (field: string, value: unknown): FieldIssue => ({
  field: shownKey(field),
  code: 'required',
  message: `Send one value that is not empty, or leave the option out, instead of ${shown(value)}.`,
});

const unknownOption = (name: string): FieldIssue => ({
  field: shownKey(name),
  code: 'unknown_field',
  message: `There is no option ${shown(name)}; there are: ${OPTIONS}.`,
});

const unknownField = (name: string, field: string): FieldIssue => ({
  field: shownKey(name),
  code: 'unknown_field',
  message: `There is no request field ${shown(field)}; there are: ${FIELD_NAMES}.`,
});

const malformed = (field: TemplatedField, template: string): FieldIssue => ({
  field,
  code: 'invalid_text',
  message: `${shown(template)} is not a template: put each name in braces, such as customers/{customerId}. Names are request fields and columns of the file.`,
});

const bothGiven = (field: TemplatedField): FieldIssue => ({
  field: `default.${field}`,
  code: 'conflicting_fields',
  message: `Send a template or a default for ${field}, not both.`,
});
