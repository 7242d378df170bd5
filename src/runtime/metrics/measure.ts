/**
 * Ports with a stopwatch: each function gives back the same port, which tells the metrics of every call. Measured
 * from the caller's side, so that what waits in front of a vendor is seen too.
 */
import type { CreateReply, ReadReply } from '../../domain/outcome.ts';
import type { Region } from '../../domain/region.ts';
import { InvalidCursorError, LedgerUnavailableError } from '../../domain/unavailable.ts';
import type { Ledger, Metrics, PartnerGateway } from '../../ports.ts';

/** No calls of the database. */
const NO_CALLS = ['close', 'onAccepted'];

/** All methods that call the database, also those that the ledger will learn. */
export function measureLedger<L extends Ledger>(ledger: L, metrics: Pick<Metrics, 'ledgerCalled'>): L {
  const members = (Object.entries(ledger as object) as [string, unknown][]).map(([name, member]) =>
    typeof member === 'function' && !NO_CALLS.includes(name)
      ? [name, timed(name, member as LedgerCall, metrics)]
      : [name, member],
  );
  return Object.fromEntries(members) as L;
}

type LedgerCall = (...args: readonly unknown[]) => Promise<unknown>;

function timed(name: string, call: LedgerCall, metrics: Pick<Metrics, 'ledgerCalled'>): LedgerCall {
  return async (...args) => {
    const startedAt = performance.now();
    try {
      const answer = await call(...args);
      metrics.ledgerCalled(name, 'ok', performance.now() - startedAt);
      return answer;
    } catch (error) {
      metrics.ledgerCalled(name, resultOf(error), performance.now() - startedAt);
      throw error;
    }
  };
}

function resultOf(error: unknown): Parameters<Metrics['ledgerCalled']>[1] {
  if (error instanceof LedgerUnavailableError) return 'unavailable';
  // The caller's mistake, found before the database was asked.
  return error instanceof InvalidCursorError ? 'ok' : 'error';
}

/** Calls that a stop has cut are not counted. */
export function measureGateway(gateway: PartnerGateway, metrics: Pick<Metrics, 'awsCalled'>): PartnerGateway {
  const tell = <R extends CreateReply | ReadReply<unknown>>(
    operation: string,
    region: Region,
    reply: R,
  ): R => {
    const result = reply.kind === 'fault' ? reply.fault.kind : reply.kind;
    metrics.awsCalled({ region, operation, result }, reply.durationMs);
    return reply;
  };
  return {
    create: async (source, signal, turn) =>
      tell('create', source.region, await gateway.create(source, signal, turn)),
    describe: async (source, signal, turn) =>
      tell('describe', source.region, await gateway.describe(source, signal, turn)),
    listAccounts: async (source, signal, turn) =>
      tell('listAccounts', source.region, await gateway.listAccounts(source, signal, turn)),
    close: () => gateway.close(),
  };
}
