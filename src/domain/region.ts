import { invalid, valid, type Checked } from './field-issue.ts';
import { shown } from './shown.ts';

/** An AWS Region code such as `eu-west-1`. */
export type Region = string & { readonly __brand: 'Region' };

export type Partition = 'aws' | 'aws-cn' | 'aws-us-gov';

const REGION_PATTERN = /^[a-z]{2,4}(-[a-z]{2,12}){1,2}-[0-9]{1,2}$/;

/** Partitions that this service can build ARNs for; others are refused in the configuration. */
const PARTITION_PREFIXES: readonly (readonly [prefix: string, partition: Partition])[] = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
];

/** Isolated Regions and the European Sovereign Cloud: partitions of their own; this service builds no ARNs there. */
const OTHER_PARTITIONS = /^((us|eu)-iso|eusc-)/;

/** True for a text that has the form of a Region in a supported partition; whether the partner is registered there is another question. */
export function isRegionCode(input: string): input is Region {
  return REGION_PATTERN.test(input) && !OTHER_PARTITIONS.test(input);
}

/** The partition that a Region's ARNs name. */
export function partitionOf(region: Region): Partition {
  return PARTITION_PREFIXES.find(([prefix]) => region.startsWith(prefix))?.[1] ?? 'aws';
}

/** Reads a Region against the allow-list of Regions that the partner is registered in. */
export function parseRegion(input: unknown, registered: readonly Region[]): Checked<Region> {
  const field = 'region';
  const listed = registered.join(', ');
  if (input === undefined || input === null || input === '') {
    return invalid({ field, code: 'required', message: `Give the customer's Region, one of: ${listed}.` });
  }
  if (typeof input !== 'string') {
    return invalid({
      field,
      code: 'invalid_type',
      message: `Send the Region as text, not ${shown(input)}; registered are: ${listed}.`,
    });
  }
  const region = registered.find((candidate) => candidate === input);
  if (region === undefined) {
    return invalid({
      field,
      code: 'region_not_registered',
      message: `The partner is not registered in ${shown(input)}; registered are: ${listed}. An operator adds one in REGIONS.`,
    });
  }
  return valid(region);
}
