import type { LedgerDatabase } from './database.ts';

/** Runs a call within its time, and says what went wrong in the port's words. */
export type Bounded = <T>(call: () => Promise<T>) => Promise<T>;

type Calls = Readonly<Record<string, (db: LedgerDatabase, ...args: never[]) => Promise<unknown>>>;

type Bound<C extends Calls> = {
  readonly [K in keyof C]: C[K] extends (db: LedgerDatabase, ...args: infer A) => infer R
    ? (...args: A) => R
    : never;
};

/** The calls on one database, each of them run by `run`. */
export function callsOn<C extends Calls>(db: LedgerDatabase, run: Bounded, calls: C): Bound<C> {
  const bound = Object.entries(calls).map(([name, call]) => [
    name,
    (...args: never[]) => run(() => call(db, ...args)),
  ]);
  return Object.fromEntries(bound) as Bound<C>;
}
