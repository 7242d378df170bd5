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

type Body = Readonly<Record<string, unknown>>;

const get = (body: Body, field: string): unknown => (Object.hasOwn(body, field) ? body[field] : undefined);

/** Refuses fields that nobody reads: a misspelt setting would otherwise be silently without effect. */
export function onlyFields(body: Body, known: readonly string[]): void {
  const stranger = Object.keys(body).find((field) => !known.includes(field));
  if (stranger === undefined) return;
  const takes = known.length === 0 ? 'no fields' : known.join(', ');
  throw new ControlError(stranger.slice(0, 100), `Unknown field; this endpoint takes ${takes}.`);
}

/** A number within bounds, both included; undefined when absent. */
export function optionalNumber(
  body: Body,
  field: string,
  bounds: readonly [min: number, max: number],
): number | undefined {
  const value = get(body, field);
  if (value === undefined) return undefined;
  const [min, max] = bounds;
  if (typeof value !== 'number' || !Number.isFinite(value) || value < min || value > max) {
    throw new ControlError(field, `${field} is a number from ${min} to ${max}.`);
  }
  return value;
}

export function requiredNumber(
  body: Body,
  field: string,
  bounds: readonly [min: number, max: number],
): number {
  const value = optionalNumber(body, field, bounds);
  if (value === undefined)
    throw new ControlError(field, `${field} is required: a number from ${bounds[0]} to ${bounds[1]}.`);
  return value;
}

/** True when the field is there and null: the way to switch a setting off. */
export const isNull = (body: Body, field: string): boolean => get(body, field) === null;

export function optionalRegion(body: Body): Region | undefined {
  const value = get(body, 'region');
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || !isRegionCode(value)) {
    throw new ControlError('region', 'region is an AWS Region such as us-east-1.');
  }
  return value;
}

/** The `region` and `name` of one source. */
export function sourceRef(body: Body): { region: Region; name: string } {
  const region = optionalRegion(body);
  if (region === undefined) throw new ControlError('region', 'region is required, such as us-east-1.');
  const name = get(body, 'name');
  if (typeof name !== 'string' || name.length > SOURCE_NAME_MAX_LENGTH || !SOURCE_NAME_PATTERN.test(name)) {
    throw new ControlError('name', 'name is required: the whole source name, aws.partner/<partner>/….');
  }
  return { region, name };
}

/** An error's name such as LimitExceededException, or null. */
export function errorName(body: Body): string | null {
  const value = get(body, 'error');
  if (value === null) return null;
  if (typeof value !== 'string' || !/^[A-Za-z]{1,100}$/.test(value)) {
    throw new ControlError(
      'error',
      "error is required: an error's name such as InternalException, or reset, hang or html, or null to heal.",
    );
  }
  return value;
}
