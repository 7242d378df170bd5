import { sql } from 'kysely';
import { errorToJson, type ProvisioningError } from '../domain/codec.ts';
import type { Status } from '../domain/onboarding.ts';
import type { RoundSaved, RoundWrite } from '../domain/round.ts';
import { OPEN_STATUSES, sourcesOf } from '../domain/state-machine.ts';
import type { LedgerDatabase } from './database.ts';
import { endedRow, newDeliveryId, recordEnds } from './deliveries/record-events.ts';
import { storable } from './storable-text.ts';

/**
 * Saves the results of job runs, each onboarding at most once per call, in one statement and one round trip.
 *
 * - `judged` locks the rows (in the order of their ids) and compares replay and status with what the result may follow,
 *   and for a wait or a failure also the wait before it: two runs of one job both load the same one, and only the
 *   first to save may change the row. What AWS confirmed counts whoever brings it.
 *   A waiter sees the row as the one before it left it: Postgres re-reads a row that it had to wait for.
 * - `changed` writes the result where the comparison held.
 * - `counted` is for everything else: a fenced write still made its calls, and a cut run spends nothing.
 * - the attempts are numbered on from the row's count, and are kept in every case.
 * - `told` notes the notification of every end that was written, and of nothing else; the row counts its ends.
 *
 * The limit changes no row; without it the planner takes the JSON for a hundred, and reads a whole small table
 * for one of them.
 *
 * Answers in order; an onboarding that is not there is `fenced`.
 */
export async function saveRounds(
  db: LedgerDatabase,
  writes: readonly RoundWrite[],
  hasWebhook: boolean,
): Promise<readonly RoundSaved[]> {
  const { rows } = await sql<{ id: string; verdict: RoundSaved }>`
    with judged as (
      select w.*, o.attempts as before, o.replays = w.replays as current,
        case when o.replays = w.replays and o.status = any (w."savedFrom") then
               case when w."comesInTurn" and o.next_attempt_at is distinct from w.follows then 'overtaken'
                    else 'saved' end
             when o.replays = w.replays and o.status = any (w."lateFrom") then 'late'
             else 'fenced' end as verdict
      from onboarding.onboardings o
      join (select * from jsonb_to_recordset(${JSON.stringify(writes.map(toWriteRow))}::jsonb) as w
        (id text, replays integer, follows timestamptz, "comesInTurn" boolean, at timestamptz,
         "firstCallAt" timestamptz, made integer, attempts jsonb,
         "savedFrom" text[], "lateFrom" text[], status text, outcome text, "eventSourceArn" text,
         "arnOrigin" text, "awsState" text, "expiresAt" timestamptz, error jsonb,
         "nextAttemptAt" timestamptz, rounds integer, streak integer, "completedAt" timestamptz, "eventId" text)
        limit ${writes.length}) as w
        using (id)
      order by o.id for update of o
    ), changed as (
      update onboarding.onboardings o set
        attempts = j.before + j.made, updated_at = j.at, first_call_at = coalesce(o.first_call_at, j."firstCallAt"),
        status = j.status, outcome = j.outcome, event_source_arn = j."eventSourceArn",
        arn_origin = j."arnOrigin", aws_state = j."awsState", expires_at = j."expiresAt", error = j.error,
        next_attempt_at = j."nextAttemptAt", completed_at = j."completedAt",
        rounds = coalesce(j.rounds, o.rounds), streak = coalesce(j.streak, o.streak),
        ends = o.ends + case when j."eventId" is null then 0 else 1 end
      from judged j where o.id = j.id and j.verdict in ('saved', 'late') and j.status is not null
      returning ${endedRow({ late: sql`j.verdict = 'late'`, eventId: sql`j."eventId"` })}
    ), told as (
      ${recordEnds('changed', hasWebhook)}
    ), counted as (
      update onboarding.onboardings o set
        attempts = j.before + j.made, updated_at = j.at,
        first_call_at = case when j.current then coalesce(o.first_call_at, j."firstCallAt") else o.first_call_at end
      from judged j where o.id = j.id and (j.verdict in ('overtaken', 'fenced') or j.status is null) and j.made > 0
    ), kept as (
      insert into onboarding.attempts
        (onboarding_id, number, replay, outcome, error_code, message, request_id, duration_ms, at)
      select j.id, j.before + call.position, j.replays, call.outcome, call."errorCode", call.message,
        call."requestId", call."durationMs", call.at
      from judged j, rows from (jsonb_to_recordset(j.attempts) as
        (outcome text, "errorCode" text, message text, "requestId" text, "durationMs" double precision,
         at timestamptz)) with ordinality
        as call (outcome, "errorCode", message, "requestId", "durationMs", at, position)
    )
    select id, verdict from judged`.execute(db);
  const verdicts = new Map(rows.map(({ id, verdict }) => [id, verdict]));
  return writes.map(({ id }) => verdicts.get(id) ?? 'fenced');
}

interface Fence {
  readonly comesInTurn: boolean;
  readonly savedFrom: readonly Status[];
  readonly lateFrom: readonly Status[];
}

/** What the state machine allows each result to follow. */
function fenceOf(result: RoundWrite['result']): Fence {
  switch (result.kind) {
    case 'provisioned':
      return { comesInTurn: false, savedFrom: sourcesOf('succeed'), lateFrom: sourcesOf('late') };
    case 'retrying':
      return { comesInTurn: true, savedFrom: sourcesOf('retry'), lateFrom: [] };
    case 'failed':
      return { comesInTurn: true, savedFrom: sourcesOf('fail'), lateFrom: [] };
    case 'interrupted':
      return { comesInTurn: false, savedFrom: OPEN_STATUSES, lateFrom: [] };
  }
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
    ...fenceOf(result),
    ...columnsOf(result, at),
  };
}

/** The columns that a result sets; what it leaves out becomes null, and a cut run has none. */
function columnsOf(result: RoundWrite['result'], at: string): object {
  switch (result.kind) {
    case 'provisioned':
      return {
        status: 'provisioned' satisfies Status,
        outcome: result.outcome,
        ...result.source,
        completedAt: at,
        eventId: newDeliveryId(at),
      };
    case 'retrying': {
      const { rounds, streak, nextAttemptAt } = result;
      return {
        status: 'retrying' satisfies Status,
        error: toErrorJson(result.error),
        nextAttemptAt,
        rounds,
        streak,
      };
    }
    case 'failed': {
      const { rounds, streak } = result;
      return {
        status: 'failed' satisfies Status,
        error: toErrorJson(result.error),
        rounds,
        streak,
        completedAt: at,
        eventId: newDeliveryId(at),
      };
    }
    case 'interrupted':
      return {};
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
