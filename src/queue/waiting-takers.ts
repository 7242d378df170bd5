/**
 * Who stands in line for a slot. `liveCall`: a further call of a live job, or one that a person waits for. `nextJob`:
 * the fetch of the next job, which is a live one if any waits. `bulkCall`: a further call of a bulk job.
 *
 * Live calls go first. The other two take turns: fetches alone would leave begun bulk jobs unended while anything
 * waits, and the calls of many begun ones would keep a live job from being begun.
 */
export type Rank = 'liveCall' | 'nextJob' | 'bulkCall';

export interface WaitingTakers<T> {
  size(): number;
  /** Resolves once served; rejects with the signal's reason when that aborts first. */
  stand(rank: Rank, taker: { readonly since: number; readonly signal: AbortSignal }): Promise<T>;
  /** Serves the first in line; `make` is told since when it has stood there. */
  serve(make: (since: number) => T): void;
  /** Sends all away. */
  dismiss(reason: () => Error): void;
}

interface Taker<T> {
  readonly since: number;
  readonly serve: (thing: T) => void;
  readonly refuse: (reason: Error) => void;
}

export function createWaitingTakers<T>(): WaitingTakers<T> {
  const lines: Readonly<Record<Rank, Set<Taker<T>>>> = {
    liveCall: new Set(),
    nextJob: new Set(),
    bulkCall: new Set(),
  };
  let turn: Rank = 'nextJob';
  const first = (): Taker<T> | undefined => {
    const other: Rank = turn === 'nextJob' ? 'bulkCall' : 'nextJob';
    for (const rank of ['liveCall', turn, other] as const) {
      const [taker] = lines[rank];
      if (taker === undefined) continue;
      lines[rank].delete(taker);
      if (rank !== 'liveCall') turn = rank === 'nextJob' ? 'bulkCall' : 'nextJob';
      return taker;
    }
    return undefined;
  };
  return {
    size: () => lines.liveCall.size + lines.nextJob.size + lines.bulkCall.size,
    stand: (rank, { since, signal }) =>
      new Promise((resolve, reject) => {
        const leave = (): void => {
          lines[rank].delete(taker);
          reject(signal.reason as Error);
        };
        const ended = (): void => signal.removeEventListener('abort', leave);
        const taker: Taker<T> = {
          since,
          serve(thing) {
            ended();
            resolve(thing);
          },
          refuse(reason) {
            ended();
            reject(reason);
          },
        };
        signal.addEventListener('abort', leave, { once: true });
        lines[rank].add(taker);
      }),
    serve(make) {
      const taker = first();
      taker?.serve(make(taker.since));
    },
    dismiss(reason) {
      for (const line of Object.values(lines)) {
        for (const taker of line) taker.refuse(reason());
        line.clear();
      }
    },
  };
}
