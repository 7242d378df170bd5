import { entryKey, openJournal, type Entry, type Journal } from './journal.ts';
import { asOf } from './source.ts';

export type Books = ReturnType<typeof openBooks>;

const IN_MEMORY: Journal = {
  append: () => undefined,
  clear: () => undefined,
  close: () => undefined,
};

/**
 * The sources of all Regions and the progress of their fault scripts. With a folder, every change is on disk before `put`
 * returns. @param folder undefined: in memory only
 */
export function openBooks(folder: string | undefined, now: () => number) {
  const { journal, entries } =
    folder === undefined ? { journal: IN_MEMORY, entries: new Map<string, Entry>() } : openJournal(folder);
  /** Sorted on demand, forgotten when a name is added: listing pays for sorting, creating does not. */
  let sorted = new Map<string, readonly string[]>();
  return {
    /** A blank entry for a name that was never seen. */
    entry: (region: string, name: string) => entries.get(entryKey(region, name)) ?? blankEntry(region, name),
    /** Throws when the disk refuses; the books are then as before. */
    put: (entry: Entry) => {
      journal.append(entry);
      const key = entryKey(entry.region, entry.name);
      if (!entries.has(key)) sorted.delete(entry.region);
      entries.set(key, entry);
    },
    /** The source as it is now, expiry taken into account. */
    source: (region: string, name: string) =>
      asOf(entries.get(entryKey(region, name))?.source ?? null, now()),
    /** All names of a Region in text order, also of sources that are gone. Not to be changed. */
    names: (region: string) => {
      const known = sorted.get(region);
      if (known !== undefined) return known;
      const names = namesOf(entries.values(), region);
      sorted.set(region, names);
      return names;
    },
    entries: () => entries.values(),
    clear: () => {
      journal.clear();
      entries.clear();
      sorted = new Map();
    },
    close: () => journal.close(),
  };
}

function namesOf(entries: Iterable<Entry>, region: string): readonly string[] {
  const names: string[] = [];
  for (const entry of entries) if (entry.region === region) names.push(entry.name);
  return names.sort();
}

const blankEntry = (region: string, name: string): Entry => ({
  region,
  name,
  source: null,
  used: [],
  seeded: false,
});
