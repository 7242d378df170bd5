import { ACCOUNT_PATTERN } from '../domain/account.ts';
import { SOURCE_NAME_MAX_LENGTH, SOURCE_NAME_PATTERN, type SourceName } from '../domain/source-name.ts';
import { awsError, type Answer } from './answer.ts';

/** What a field is once it has passed its rule. */
export interface FieldValues {
  readonly Name: SourceName;
  readonly EventSourceName: SourceName;
  readonly Account: string;
  readonly NamePrefix: string;
  readonly NextToken: string | undefined;
  readonly Limit: number | undefined;
}

/** The constraints that a value breaks, each completing "Member must …", or the type that it should have. */
type Rule = (given: unknown) => readonly string[] | 'a String' | 'an Integer';

interface TextRule {
  readonly min: number;
  readonly max: number;
  readonly pattern?: RegExp;
}

const text =
  ({ min, max, pattern }: TextRule): Rule =>
  (given) => {
    if (given === undefined) return ['not be null'];
    if (typeof given !== 'string') return 'a String';
    return [
      ...(given.length < min ? [`have length greater than or equal to ${min}`] : []),
      ...(given.length > max ? [`have length less than or equal to ${max}`] : []),
      ...(pattern?.test(given) === false ? [`satisfy regular expression pattern: ${pattern.source}`] : []),
    ];
  };

const wholeNumber =
  (min: number, max: number): Rule =>
  (given) => {
    if (typeof given !== 'number' || !Number.isInteger(given)) return 'an Integer';
    if (given < min) return [`have value greater than or equal to ${min}`];
    return given > max ? [`have value less than or equal to ${max}`] : [];
  };

const optional =
  (rule: Rule): Rule =>
  (given) =>
    given === undefined ? [] : rule(given);

const sourceName = text({ min: 1, max: SOURCE_NAME_MAX_LENGTH, pattern: SOURCE_NAME_PATTERN });

/** What the EventBridge model says of each request field. */
const RULES: Readonly<Record<keyof FieldValues, Rule>> = {
  Name: sourceName,
  EventSourceName: sourceName,
  Account: text({ min: 12, max: 12, pattern: ACCOUNT_PATTERN }),
  NamePrefix: text({ min: 1, max: 256, pattern: /^aws\.partner\/[.\-_A-Za-z0-9]+\/[/.\-_A-Za-z0-9]*$/ }),
  NextToken: optional(text({ min: 1, max: 2048 })),
  Limit: optional(wholeNumber(1, 100)),
};

/** How much of a bad value an error's text repeats. */
const SHOWN_CHARACTERS = 300;

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
    // Anything else is refused by its rule.
    const given = (body[name] ?? undefined) as string | number | undefined;
    const broken = RULES[name](given);
    if (typeof broken === 'string') {
      const message = `${jsonType(given)} can not be converted to ${broken}`;
      return { ok: false, answer: awsError('SerializationException', { message }) };
    }
    const shown = given === undefined ? 'null' : `'${String(given).slice(0, SHOWN_CHARACTERS)}'`;
    const place = `Value ${shown} at '${camelCase(name)}' failed to satisfy constraint`;
    problems.push(...broken.map((constraint) => `${place}: Member must ${constraint}`));
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
