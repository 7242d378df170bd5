import type { Source } from './source.ts';

/** All that the books hold about one name in one Region: its source and how far its fault script has run. */
export interface Entry {
  readonly region: string;
  readonly name: string;
  /** Null: never created, deleted, or only faults so far. */
  readonly source: Source | null;
  /** Per step of the fault script, how often it has struck. */
  readonly used: readonly number[];
  /** `mine`, `other` and `gone` are put there once; what is deleted later stays deleted. */
  readonly seeded: boolean;
}

/** Neither part can hold a line break, so two entries never share a key. */
export const entryKey = (region: string, name: string): string => `${region}\n${name}`;

export const blankEntry = (region: string, name: string): Entry => ({
  region,
  name,
  source: null,
  used: [],
  seeded: false,
});

/** Whether a journal line is an entry: files are edited by hand, and by other versions. */
export function isEntry(value: unknown): value is Entry {
  if (!isObject(value)) return false;
  return (
    typeof value['region'] === 'string' &&
    typeof value['name'] === 'string' &&
    typeof value['seeded'] === 'boolean' &&
    Array.isArray(value['used']) &&
    value['used'].every((count) => typeof count === 'number') &&
    (value['source'] === null || isSource(value['source']))
  );
}

function isSource(value: unknown): boolean {
  return (
    isObject(value) &&
    typeof value['account'] === 'string' &&
    (value['state'] === 'PENDING' || value['state'] === 'ACTIVE' || value['state'] === 'DELETED') &&
    typeof value['createdAtMs'] === 'number' &&
    (value['expiresAtMs'] === null || typeof value['expiresAtMs'] === 'number') &&
    typeof value['oldBus'] === 'boolean' &&
    typeof value['refusesCreate'] === 'boolean'
  );
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
