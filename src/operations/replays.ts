import { isReplayId, replayId } from '../domain/ids.ts';
import type { KeyedReplay, ReplayKey } from '../domain/acceptance.ts';
import type { NewReplay, Replay, ReplayCancel, ReplayPreview, ReplayRequest } from '../domain/replay.ts';
import type { OperatorRequest } from '../domain/operator-request.ts';
import type { Clock, Log } from '../ports.ts';
import type { ReplayLedger } from '../ports/replay-ledger.ts';

export interface ReplaysDeps {
  readonly ledger: ReplayLedger;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
  readonly randomBytes: (count: number) => Uint8Array;
}

export type StartedReplay =
  | { readonly kind: 'started'; readonly replay: Replay }
  | { readonly kind: 'wouldStart'; readonly preview: ReplayPreview }
  /** No failed onboarding is described by the filter: nothing was written. */
  | { readonly kind: 'nothingMatched' };

/**
 * Starts a replay of every failed onboarding that a filter describes. Its set is fixed here; any process that runs `maintenance`
 * puts the members into the queue. What does not match is refused: a code that is misspelt must not look like success.
 */
export async function startReplay(
  { dryRun, ...request }: ReplayRequest,
  actor: string,
  { ledger, clock, log, randomBytes }: ReplaysDeps,
): Promise<StartedReplay> {
  if (dryRun) return { kind: 'wouldStart', preview: await ledger.previewReplay(request.filter) };
  const replay = await ledger.createReplay(newReplay(request, actor, { clock, randomBytes }));
  if (replay === undefined) return { kind: 'nothingMatched' };
  tellStart(replay, log);
  return { kind: 'started', replay };
}

/** The same under a key: a repetition gets the answer that the first call got, and starts nothing. */
export async function startReplayKeyed(
  { request, actor, key }: { request: Omit<ReplayRequest, 'dryRun'>; actor: string; key: ReplayKey },
  { ledger, clock, log, randomBytes }: ReplaysDeps,
): Promise<KeyedReplay> {
  const outcome = await ledger.createReplayKeyed(newReplay(request, actor, { clock, randomBytes }), key);
  if (outcome.kind === 'first' && outcome.replay !== undefined) tellStart(outcome.replay, log);
  return outcome;
}

function newReplay(
  request: Omit<ReplayRequest, 'dryRun'>,
  actor: string,
  { clock, randomBytes }: Pick<ReplaysDeps, 'clock' | 'randomBytes'>,
): NewReplay {
  const now = clock.now();
  const id = replayId(now, randomBytes(16));
  return { ...request, id, actor, createdAt: new Date(now).toISOString() };
}

function tellStart({ id, actor, matched, ratePerSecond }: Replay, log: Log): void {
  log.info({ replay_id: id, actor, matched, rate_per_second: ratePerSecond }, 'replay.created');
}

/** Stops what a replay has not put into the queue yet; what it has continues. A dry run shows it as it is now. */
export async function cancelReplay(
  id: string,
  { actor, reason, dryRun }: OperatorRequest,
  { ledger, clock, log }: ReplaysDeps,
): Promise<ReplayCancel> {
  if (!isReplayId(id)) return { kind: 'notFound' };
  if (dryRun) {
    const replay = await ledger.getReplay(id);
    if (replay === undefined) return { kind: 'notFound' };
    return { kind: replay.status === 'running' ? 'cancelled' : 'ended', replay };
  }
  const result = await ledger.cancelReplay(id, { actor, reason, at: new Date(clock.now()).toISOString() });
  if (result.kind === 'cancelled') {
    const { queued, waiting } = result.replay;
    log.info({ replay_id: id, actor, queued, waiting }, 'replay.cancelled');
  }
  return result;
}
