import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
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

const FILE_NAME = 'books.ndjson';
const NEWLINE = 0x0a;
/** A journal this much longer than its content is rewritten at start. */
const SLACK_LINES = 1000;

/** An append-only file of entries, one a line; the last line of a name is the one that counts. */
export interface Journal {
  /** Returns once the operating system has the line, so that a killed process does not lose it. */
  append(entry: Entry): void;
  clear(): void;
  close(): void;
}

/**
 * Opens the journal in a folder, creating both if absent, and reads it. An incomplete last line was never answered and is
 * dropped; any other damage throws, because continuing would silently forget sources.
 */
export function openJournal(folder: string): { journal: Journal; entries: Map<string, Entry> } {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, FILE_NAME);
  const { entries, lines, length } = load(path);
  const size = lines > 2 * entries.size + SLACK_LINES ? compact(path, entries) : length;
  return { entries, journal: appendTo(path, size) };
}

function appendTo(path: string, length: number): Journal {
  const fd = openSync(path, 'a', 0o600);
  let size = length;
  ftruncateSync(fd, size);
  return {
    append: (entry) => {
      const line = encode(entry);
      try {
        if (writeSync(fd, line) !== line.length) throw new Error('Only part of a line was written to disk.');
      } catch (error) {
        // Half a line in the middle would make the whole file unreadable.
        ftruncateSync(fd, size);
        throw error;
      }
      size += line.length;
    },
    clear: () => {
      ftruncateSync(fd, 0);
      size = 0;
    },
    close: () => closeSync(fd),
  };
}

/** Writes each entry once, beside the old file, and puts it in its place. Returns the new length in bytes. */
function compact(path: string, entries: ReadonlyMap<string, Entry>): number {
  const fresh = `${path}.fresh`;
  const fd = openSync(fresh, 'w', 0o600);
  let size = 0;
  for (const entry of entries.values()) size += writeSync(fd, encode(entry));
  fsyncSync(fd);
  closeSync(fd);
  renameSync(fresh, path);
  return size;
}

const encode = (entry: Entry): Buffer => Buffer.from(`${JSON.stringify(entry)}\n`);

function load(path: string): { entries: Map<string, Entry>; lines: number; length: number } {
  const bytes = readIfThere(path);
  const entries = new Map<string, Entry>();
  let lines = 0;
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
    lines += 1;
    const entry = parse(bytes.toString('utf8', start, end));
    if (entry === undefined) {
      throw new Error(
        `The sandbox's books are damaged: ${path}, line ${lines}. Fix the line, or delete the file to start empty.`,
      );
    }
    entries.set(entryKey(entry.region, entry.name), entry);
    start = end + 1;
  }
  return { entries, lines, length: start };
}

function readIfThere(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}

function parse(line: string): Entry | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isEntry(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a journal line is an entry: files are edited by hand, and by other versions. */
function isEntry(value: unknown): value is Entry {
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
