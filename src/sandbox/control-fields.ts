import { z } from 'zod';
import { isRegionCode, type Region } from '../domain/region.ts';
import { SOURCE_NAME_MAX_LENGTH, SOURCE_NAME_PATTERN } from '../domain/source-name.ts';

/** A setting that is not accepted, for the person who sent it. Thrown and caught within the control endpoints. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

const YEAR_MS = 366 * 24 * 3_600_000;

const textThat = <T extends string>(isValid: (text: string) => boolean, description: string) =>
  z.custom<T>((value) => typeof value === 'string' && isValid(value), description);

/** Both bounds included. */
const numberFrom = (min: number, max: number) =>
  z.custom<number>(
    (value) => typeof value === 'number' && value >= min && value <= max,
    `a number from ${min} to ${max}`,
  );

/** What a field of a control call may be; a message completes "<field> is …". Null switches a setting off. */
export const FIELDS = {
  region: textThat<Region>(isRegionCode, 'an AWS Region such as us-east-1'),
  name: textThat(
    (text) => text.length <= SOURCE_NAME_MAX_LENGTH && SOURCE_NAME_PATTERN.test(text),
    'the whole source name, aws.partner/<partner>/…',
  ),
  error: textThat(
    (text) => /^[A-Za-z]{1,100}$/.test(text),
    'an error name such as InternalException, or reset, hang or html, or null to switch it off',
  ).nullable(),
  perSecond: numberFrom(0.001, 1_000_000).nullable(),
  burst: numberFrom(1, 1_000_000).optional(),
  ms: numberFrom(0, 600_000),
  jitterMs: numberFrom(0, 600_000).optional(),
  nowMs: numberFrom(0, 200 * YEAR_MS).optional(),
  advanceMs: numberFrom(-YEAR_MS, YEAR_MS).optional(),
  skewMs: numberFrom(-YEAR_MS, YEAR_MS).optional(),
} as const;

/**
 * Reads a control call's fields. Throws {@link ControlError} for the first that is unknown, missing or invalid: a
 * misspelled setting would otherwise have no effect.
 */
export function readControlFields<Shape extends z.ZodRawShape>(
  body: Readonly<Record<string, unknown>>,
  shape: Shape,
): z.infer<z.ZodObject<Shape>> {
  const result = z.strictObject(shape).safeParse(body);
  if (result.success) return result.data;
  const unknown = Object.keys(body).find((field) => !Object.hasOwn(shape, field));
  if (unknown !== undefined) {
    const takes = Object.keys(shape).join(', ') || 'no fields';
    throw new ControlError(unknown.slice(0, 100), `Unknown field; this endpoint takes ${takes}.`);
  }
  const { path, message } = result.error.issues[0] ?? { path: [], message: '' };
  const field = String(path[0]);
  const isMissing = body[field] === undefined;
  throw new ControlError(field, `${field} is ${isMissing ? 'required: ' : ''}${message}.`);
}
