import type { Fault } from '../domain/outcome.ts';
import type { Region } from '../domain/region.ts';
import type { Log } from '../ports.ts';

/** Names come from the network: past this many the log stays quiet, so that memory does too. */
const NAMES_MAX = 100;

export type UnknownErrorLog = (region: Region, fault: Fault) => void;

/**
 * Warns of an error that no table lists, once for each name: the table wants a new line, or AWS has changed. AWS's own
 * sentence may name anybody's account; it stands with the attempt, in the ledger.
 */
export function createUnknownErrorLog(log: Log): UnknownErrorLog {
  const told = new Set<string>();
  return (region, fault) => {
    if (told.has(fault.code) || told.size >= NAMES_MAX) return;
    told.add(fault.code);
    log.warn(
      {
        region,
        error_name: fault.code,
        aws_request_id: fault.requestId,
      },
      'aws.unknown_error',
    );
  };
}
