import { CompiledQuery } from 'kysely';
import { errorToJson, type ProvisioningError } from '../../domain/codec.ts';
import type { RoundSaved, RoundWrite } from '../../domain/round.ts';
import { OPEN_STATUSES, sourcesOf } from '../../domain/state-machine.ts';
import type { LedgerDatabase } from '../database/database.ts';
import { newDeliveryId } from '../deliveries/record-events.ts';
import { storable } from '../database/values.ts';

/** Compiled already: it goes out some hundred times a second. */
const SAVE_ROUNDS = 'select onboarding_id, verdict from onboarding.save_rounds($1, $2)';

interface Saved {
  readonly onboarding_id: string;
  readonly verdict: RoundSaved;
}

/**
 * Saves the results of job runs, each onboarding at most once per call, in one statement and one round trip. The statement is
 * the function `onboarding.save_rounds` (migrations/baseline/save-rounds.ts):
 *
 * - `judged` locks the rows (in the order of their ids) and compares replay and status with what the result may follow,
 *   and for a wait or a failure also the wait before it: two runs of one job both load the same one, and only the
 *   first to save may change the row. What AWS confirmed counts, whichever run brings it.
 *   A waiter sees the row as the one before it left it: Postgres re-reads a row that it had to wait for.
 * - `changed` writes the result where the comparison held.
 * - `counted` is for everything else: a fenced write still made its calls, and a cut run spends nothing.
 * - the attempts are numbered on from the row's count, and are kept in every case.
 * - `told` writes the webhook delivery of every end that was written, and of nothing else; the row counts its ends.
 *
 * Answers in order; an onboarding that is not there is `fenced`.
 */
export async function saveRounds(
  db: LedgerDatabase,
  writes: readonly RoundWrite[],
  hasWebhook: boolean,
): Promise<readonly RoundSaved[]> {
  const parameters = [JSON.stringify(writes.map(toWriteRow)), hasWebhook];
  const { rows } = await db.executeQuery<Saved>(CompiledQuery.raw(SAVE_ROUNDS, parameters));
  const verdicts = new Map(rows.map((row) => [row.onboarding_id, row.verdict]));
  return writes.map(({ id }) => verdicts.get(id) ?? 'fenced');
}

function toWriteRow({ id, replays, follows, at, attempts, result }: RoundWrite): object {
  return {
    id,
    replays,
    follows,
    at,
    firstCallAt: attempts[0]?.at,
    made: attempts.length,
    attempts: attempts.map((attempt) => ({
      ...attempt,
      errorCode: storableOrNull(attempt.errorCode),
      message: storableOrNull(attempt.message),
      requestId: storableOrNull(attempt.requestId),
    })),
    ...changeOf(result, at),
  };
}

/**
 * What the state machine allows a result to follow, and the columns that it sets: what it leaves out becomes null, and a
 * cut run has none.
 */
function changeOf(result: RoundWrite['result'], at: string): object {
  switch (result.kind) {
    case 'provisioned': {
      const { kind: status, outcome, source } = result;
      const ended = { completedAt: at, eventId: newDeliveryId(at) };
      const fence = { comesInTurn: false, savedFrom: sourcesOf('succeed'), lateFrom: sourcesOf('late') };
      return { ...fence, status, outcome, ...source, ...ended };
    }
    case 'retrying': {
      const { kind: status, error, nextAttemptAt, rounds, streak } = result;
      const fence = { comesInTurn: true, savedFrom: sourcesOf('retry'), lateFrom: [] };
      return { ...fence, status, error: toErrorJson(error), nextAttemptAt, rounds, streak };
    }
    case 'failed': {
      const { kind: status, error, rounds, streak } = result;
      const ended = { completedAt: at, eventId: newDeliveryId(at) };
      const fence = { comesInTurn: true, savedFrom: sourcesOf('fail'), lateFrom: [] };
      return { ...fence, status, error: toErrorJson(error), rounds, streak, ...ended };
    }
    case 'interrupted':
      return { comesInTurn: false, savedFrom: OPEN_STATUSES, lateFrom: [] };
  }
}

function toErrorJson(error: ProvisioningError): ProvisioningError {
  const { code, message, requestId } = error;
  return errorToJson({
    ...error,
    code: storable(code),
    message: storable(message),
    ...(requestId === undefined ? {} : { requestId: storable(requestId) }),
  });
}

const storableOrNull = (text: string | null): string | null => (text === null ? null : storable(text));
