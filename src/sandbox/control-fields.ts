import { isRegionCode, type Region } from '../domain/region.ts';
import { SOURCE_NAME_MAX_LENGTH, SOURCE_NAME_PATTERN } from '../domain/source-name.ts';

/** A setting that cannot be taken, told to the person who sent it. Thrown and caught within the control endpoints. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

/** What every field of a control call is once it has passed its rule. Null switches a setting off. */
interface FieldValues {
  readonly region: Region;
  readonly name: string;
  readonly error: string | null;
  readonly perSecond: number | null;
  readonly burst: number;
  readonly ms: number;
  readonly jitterMs: number;
  readonly nowMs: number;
  readonly advanceMs: number;
  readonly skewMs: number;
}

interface Rule {
  readonly isValid: (value: unknown) => boolean;
  /** Completes "<field> is …". */
  readonly description: string;
}

/** Both bounds included. */
const numberFrom = (min: number, max: number): Rule => ({
  isValid: (value) => typeof value === 'number' && value >= min && value <= max,
  description: `a number from ${min} to ${max}`,
});

const textThat = (isValid: (text: string) => boolean, description: string): Rule => ({
  isValid: (value) => typeof value === 'string' && isValid(value),
  description,
});

const orNull = ({ isValid, description }: Rule): Rule => ({
  isValid: (value) => value === null || isValid(value),
  description: `${description}, or null to switch it off`,
});

const YEAR_MS = 366 * 24 * 3_600_000;

const RULES: Readonly<Record<keyof FieldValues, Rule>> = {
  region: textThat(isRegionCode, 'an AWS Region such as us-east-1'),
  name: textThat(
    (text) => text.length <= SOURCE_NAME_MAX_LENGTH && SOURCE_NAME_PATTERN.test(text),
    'the whole source name, aws.partner/<partner>/…',
  ),
  error: orNull(
    textThat(
      (text) => /^[A-Za-z]{1,100}$/.test(text),
      "an error's name such as InternalException, or reset, hang or html",
    ),
  ),
  perSecond: orNull(numberFrom(0.001, 1_000_000)),
  burst: numberFrom(1, 1_000_000),
  ms: numberFrom(0, 600_000),
  jitterMs: numberFrom(0, 600_000),
  nowMs: numberFrom(0, 200 * YEAR_MS),
  advanceMs: numberFrom(-YEAR_MS, YEAR_MS),
  skewMs: numberFrom(-YEAR_MS, YEAR_MS),
};

/**
 * Reads a control call's fields. Throws {@link ControlError} for the first that is missing or wrong, and for fields that
 * nothing reads: a misspelled setting would otherwise be silently without effect.
 */
export function readControlFields<Required extends keyof FieldValues, Optional extends keyof FieldValues>(
  body: Readonly<Record<string, unknown>>,
  { required, optional }: { required: readonly Required[]; optional: readonly Optional[] },
): Pick<FieldValues, Required> & Partial<Pick<FieldValues, Optional>> {
  const known: readonly (keyof FieldValues)[] = [...required, ...optional];
  const unknown = Object.keys(body).find((field) => !known.includes(field as keyof FieldValues));
  if (unknown !== undefined) {
    const takes = known.length === 0 ? 'no fields' : known.join(', ');
    throw new ControlError(unknown.slice(0, 100), `Unknown field; this endpoint takes ${takes}.`);
  }
  const missing = required.find((field) => body[field] === undefined);
  if (missing !== undefined)
    throw new ControlError(missing, `${missing} is required: ${RULES[missing].description}.`);
  for (const field of known) {
    const { isValid, description } = RULES[field];
    if (body[field] !== undefined && !isValid(body[field]))
      throw new ControlError(field, `${field} is ${description}.`);
  }
  // Every field that is there has passed its rule.
  return body as unknown as Pick<FieldValues, Required> & Partial<Pick<FieldValues, Optional>>;
}
