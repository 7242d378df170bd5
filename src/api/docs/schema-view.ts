import { nameOf, type Schema } from './document.ts';
import { html, type Html } from './html.ts';

/** The members of an object, one below the other: a narrow screen has no room for a table. The rarer kind is marked. */
export function fieldsView(schema: Schema): Html {
  const entries = Object.entries(schema.properties ?? {});
  const required = new Set(schema.required);
  const mostAreRequired = required.size > entries.length / 2;
  return html`<ul class="fields">
    ${entries.map(([name, field]) =>
      fieldView(
        name,
        field,
        required.has(name) === mostAreRequired ? undefined : mostAreRequired ? 'optional' : 'required',
      ),
    )}
  </ul>`;
}

/** One field or parameter: name, type, whether it must be there, limits, what it means. */
export function fieldView(name: string, schema: Schema, note: string | undefined): Html {
  const description = schema.description ?? partsOf(schema).find((part) => part.description)?.description;
  return html`<li>
    <div class="field">
      <code class="name">${name}</code> <span class="type">${typeView(schema)}</span>
      ${note === undefined ? undefined : html`<span class="note">${note}</span>`}
    </div>
    ${limitsView(schema)} ${description === undefined ? undefined : html`<p>${description}</p>`}
    ${partsOf(schema).map(insideView)}
  </li>`;
}

/** What a value may be, in a few words; a named schema is a link. */
export function typeView(schema: Schema): Html {
  const name = nameOf(schema);
  if (name !== undefined) return html`<a href="#schema-${name}">${name}</a>`;
  if (schema.anyOf !== undefined) return either(schema.anyOf.map(typeView));
  if (schema.enum !== undefined)
    return either(schema.enum.map((value) => html`<code>${JSON.stringify(value)}</code>`));
  if (Array.isArray(schema.type)) return either(schema.type.map((type: string) => html`${type}`));
  if (schema.type === 'array')
    return html`list of ${schema.items === undefined ? 'anything' : typeView(schema.items)}`;
  if (schema.type === 'object' && typeof schema.additionalProperties === 'object')
    return html`object of ${typeView(schema.additionalProperties)} by name`;
  return html`${schema.format === 'date-time' ? 'instant' : String(schema.type ?? 'anything')}`;
}

const either = (types: readonly Html[]): Html =>
  html`${types.map((type, index) => (index === 0 ? type : html` or ${type}`))}`;

/** The schema, or its alternatives. */
const partsOf = (schema: Schema): readonly Schema[] => schema.anyOf ?? [schema];

/** Members of an object, or of a list's items, that have no name of their own to link to. */
function insideView(schema: Schema): Html | undefined {
  const inner = schema.type === 'array' ? schema.items : schema;
  return inner?.properties === undefined ? undefined : fieldsView(inner);
}

/** Patterns that people can read are shown; that of an instant is a screenful. */
const PATTERN_SHOWN = 40;

function limitsView(schema: Schema): Html | undefined {
  const limits = partsOf(schema).flatMap(limitsOf);
  return limits.length === 0 ? undefined : html`<div class="limits">${limits.join(' · ')}</div>`;
}

function limitsOf(schema: Schema): string[] {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems, pattern } = schema;
  const bounded = (least: number | undefined, most: number | undefined, what: string): string[] => {
    if (most !== undefined && most < Number.MAX_SAFE_INTEGER)
      return [
        `${least !== undefined && least > 0 ? `${least} to ${most}` : `at most ${most}`} ${what}`.trim(),
      ];
    return least !== undefined && least > 0 ? [`at least ${least} ${what}`.trim()] : [];
  };
  return [
    ...bounded(minimum, maximum, ''),
    ...bounded(minLength, maxLength, 'characters'),
    ...bounded(minItems, maxItems, 'items'),
    ...(pattern !== undefined && pattern.length <= PATTERN_SHOWN ? [pattern] : []),
    ...(schema.default === undefined ? [] : [`default ${JSON.stringify(schema.default)}`]),
  ];
}
