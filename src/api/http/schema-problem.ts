import type { FastifyRequest } from 'fastify';
import type { ZodFastifySchemaValidationError } from 'fastify-type-provider-zod';
import { ISSUES_MAX } from '../../domain/field-issue.ts';
import type { Fields } from '../../domain/fields.ts';
import { shown } from '../../domain/shown.ts';
import { shownKey } from '../../domain/text.ts';
import type { ProblemField } from './problem.ts';

/** The part of a request that did not match its schema, as Fastify calls it. */
export type CheckedPart = 'body' | 'headers' | 'params' | 'querystring';

/** What a part of a request violates: field, value and what to send. A message of the schema itself is such a sentence. */
export function schemaIssues(
  issues: readonly ZodFastifySchemaValidationError[],
  {
    request,
    part = 'body',
    regions,
  }: {
    readonly request: FastifyRequest;
    readonly part: CheckedPart | undefined;
    /** Named where a Region is wrong. */
    readonly regions: readonly string[];
  },
): readonly ProblemField[] {
  const sent = part === 'querystring' ? request.query : request[part];
  const found = issues.flatMap((issue) => {
    const path = issue.instancePath.split('/').filter((name) => name !== '');
    if (issue.keyword === 'unrecognized_keys') return unknownNames(issue, request, part);
    const value = path.reduce<unknown>((it, name) => (it as Fields | undefined)?.[name], sent);
    const fix = fixOf(issue, value, part).replace(/\.$/, '');
    const field = path.map(shownKey).join('.') || 'body';
    const there = field === 'region' ? ` Registered are: ${regions.join(', ')}.` : '';
    const message = `${fix}${value === undefined ? '' : `, not ${shown(value)}`}.${there}`;
    return [{ field, code: 'invalid_value', message }];
  });
  // One value can break several rules that have the same sentence.
  return found.filter(
    ({ field, message }, at) => at === found.findIndex((it) => it.field === field && it.message === message),
  );
}

function unknownNames(
  { params }: ZodFastifySchemaValidationError,
  { routeOptions: { schema } }: FastifyRequest,
  part: CheckedPart,
): readonly ProblemField[] {
  const names = (params['keys'] as readonly string[] | undefined) ?? [];
  const { shape } = (schema?.[part] ?? {}) as { readonly shape?: Fields };
  const known = Object.keys(shape ?? {}).join(', ');
  const what = part === 'querystring' ? 'query parameter' : 'field';
  return names.slice(0, ISSUES_MAX).map((name) => ({
    field: shownKey(name),
    code: 'unknown_field',
    message: `There is no ${what} ${shown(name)} here; there are: ${known}.`,
  }));
}

/** What to send instead; the messages that Zod has by itself name types and patterns. */
function fixOf(
  { keyword, message = '', params }: ZodFastifySchemaValidationError,
  value: unknown,
  part: CheckedPart,
): string {
  if (Array.isArray(value) && part === 'querystring') return 'Send one value';
  if (!OWN_WORDS.test(message)) return message;
  switch (keyword) {
    case 'invalid_value':
      return `Send one of ${(params['values'] as readonly unknown[]).join(', ')}`;
    case 'too_big':
      return `Send at most ${String(params['maximum'])} characters`;
    case 'too_small':
      return `Send at least ${String(params['minimum'])} characters`;
    case 'invalid_type':
      return params['expected'] === 'object' ? 'Send one JSON object' : 'Send this as text in quotes';
    default:
      return message;
  }
}

/** How Zod's own messages begin. */
const OWN_WORDS = /^(Invalid|Too (big|small)|Unrecognized)/;
