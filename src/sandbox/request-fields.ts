import { ACCOUNT_PATTERN } from '../domain/account.ts';
import { SOURCE_NAME_MAX_LENGTH, SOURCE_NAME_PATTERN, type SourceName } from '../domain/source-name.ts';
import { awsError, type Answer } from './answer.ts';

/** How much of a bad value an error's text repeats. */
const SHOWN_CHARACTERS = 300;

/** What the EventBridge model says of one request field. */
interface TextRule {
  readonly type: 'text';
  readonly required: boolean;
  readonly min: number;
  readonly max: number;
  readonly pattern?: RegExp;
}
interface NumberRule {
  readonly type: 'number';
  readonly min: number;
  readonly max: number;
}

const SOURCE_NAME: TextRule = {
  type: 'text',
  required: true,
  min: 1,
  max: SOURCE_NAME_MAX_LENGTH,
  pattern: SOURCE_NAME_PATTERN,
};

const RULES = {
  Name: SOURCE_NAME,
  EventSourceName: SOURCE_NAME,
  Account: { type: 'text', required: true, min: 12, max: 12, pattern: ACCOUNT_PATTERN },
  NamePrefix: {
    type: 'text',
    required: true,
    min: 1,
    max: 256,
    pattern: /^aws\.partner\/[.\-_A-Za-z0-9]+\/[/.\-_A-Za-z0-9]*$/,
  },
  NextToken: { type: 'text', required: false, min: 1, max: 2048 },
  Limit: { type: 'number', min: 1, max: 100 },
} as const satisfies Record<keyof FieldValues, TextRule | NumberRule>;

/** What a field is once it has passed its rule. */
export interface FieldValues {
  readonly Name: SourceName;
  readonly EventSourceName: SourceName;
  readonly Account: string;
  readonly NamePrefix: string;
  readonly NextToken: string | undefined;
  readonly Limit: number | undefined;
}

type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly answer: Answer };

/**
 * Reads the named fields of a request as AWS does: a wrong JSON type is a SerializationException, everything
 * else that is wrong is told in one ValidationException. Fields that were not asked for are ignored.
 */
export function readFields<Name extends keyof FieldValues>(
  body: Readonly<Record<string, unknown>>,
  names: readonly Name[],
): Read<Pick<FieldValues, Name>> {
  const value: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const name of names) {
    const given = body[name] ?? undefined;
    const mistyped = typeProblem(RULES[name], given);
    if (mistyped !== undefined) {
      return { ok: false, answer: awsError('SerializationException', { message: mistyped }) };
    }
    problems.push(...constraintProblems(RULES[name], camelCase(name), given as string | number | undefined));
    value[name] = given;
  }
  if (problems.length > 0) return { ok: false, answer: validationError(problems) };
  // Every field has passed its rule just above.
  return { ok: true, value: value as unknown as Pick<FieldValues, Name> };
}

function validationError(problems: readonly string[]): Answer {
  const count = problems.length === 1 ? '1 validation error' : `${problems.length} validation errors`;
  return awsError('ValidationException', { message: `${count} detected: ${problems.join('; ')}` });
}

function typeProblem(rule: TextRule | NumberRule, given: unknown): string | undefined {
  if (given === undefined) return undefined;
  if (rule.type === 'text' && typeof given !== 'string')
    return `${jsonType(given)} can not be converted to a String`;
  if (rule.type === 'number' && !Number.isInteger(given))
    return `${jsonType(given)} can not be converted to an Integer`;
  return undefined;
}

/** `given` has the rule's own type, or is undefined. */
function constraintProblems(
  rule: TextRule | NumberRule,
  field: string,
  given: string | number | undefined,
): string[] {
  if (given === undefined) {
    return rule.type === 'text' && rule.required
      ? [`Value null at '${field}' failed to satisfy constraint: Member must not be null`]
      : [];
  }
  const constraints =
    rule.type === 'number' ? brokenNumber(rule, given as number) : brokenText(rule, given as string);
  const shown = String(given).slice(0, SHOWN_CHARACTERS);
  return constraints.map(
    (constraint) => `Value '${shown}' at '${field}' failed to satisfy constraint: Member must ${constraint}`,
  );
}

function brokenNumber({ min, max }: NumberRule, value: number): string[] {
  if (value < min) return [`have value greater than or equal to ${min}`];
  return value > max ? [`have value less than or equal to ${max}`] : [];
}

function brokenText({ min, max, pattern }: TextRule, text: string): string[] {
  return [
    ...(text.length < min ? [`have length greater than or equal to ${min}`] : []),
    ...(text.length > max ? [`have length less than or equal to ${max}`] : []),
    ...(pattern?.test(text) === false ? [`satisfy regular expression pattern: ${pattern.source}`] : []),
  ];
}

/** The names that AWS's own parser uses in this text. */
function jsonType(value: unknown): string {
  if (Array.isArray(value)) return 'START_ARRAY';
  switch (typeof value) {
    case 'number':
      return Number.isInteger(value) ? 'NUMBER_VALUE' : 'DECIMAL_VALUE';
    case 'boolean':
      return value ? 'TRUE_VALUE' : 'FALSE_VALUE';
    case 'string':
      return 'STRING_VALUE';
    default:
      return 'START_OBJECT';
  }
}

const camelCase = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);
