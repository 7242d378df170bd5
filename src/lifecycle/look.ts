/**
 * One look at AWS at one source: list its accounts, judge what they show, save it with what it tells. It never creates or
 * deletes anything. Called by the checks that are due and by people's "check now".
 */
import { shareOf, type CheckPolicy } from '../domain/check-policy.ts';
import { isChange, isMassLoss, LOSSES_WITHIN_MS, type CheckResult, type DueCheck } from '../domain/check.ts';
import type { CallOutcome, CircuitMemory, CircuitReport } from '../domain/circuit.ts';
import { afterLook, sightingOf, type Looked, type Sighting } from '../domain/connection.ts';
import { isDenial } from '../domain/denied-alone.ts';
import type { Turn } from '../domain/job.ts';
import type { Onboarding } from '../domain/onboarding.ts';
import type { Region } from '../domain/region.ts';
import type { Clock, Ledger, Log, Metrics, PartnerGateway } from '../ports.ts';

export interface LookDeps {
  readonly ledger: Pick<Ledger, 'saveCheck' | 'recentLosses' | 'beginHold' | 'renew'>;
  readonly gateway: Pick<PartnerGateway, 'listAccounts'>;
  /** The Regions' circuits, which hear of every call. */
  readonly regions: {
    seen(region: Region): CircuitMemory;
    report(region: Region, report: CircuitReport): Promise<CircuitMemory>;
  };
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'checked'>;
  readonly policy: CheckPolicy;
  /** How often an expired source that was never connected is made again. */
  readonly renewalsMax: number;
}

/**
 * @returns the onboarding as the look left it; undefined when another look or a replay was faster
 * @throws the signal's reason, and LedgerUnavailableError: the lease runs out then, and the look is repeated
 */
export async function look(
  { onboarding, followed, lookedAt }: DueCheck,
  deps: LookDeps,
  { signal, turn }: { signal: AbortSignal; turn?: Turn },
): Promise<Onboarding | undefined> {
  const { id, region, account, replays } = onboarding;
  const { openings } = deps.regions.seen(region);
  const reply = await deps.gateway.listAccounts(onboarding, signal, turn);
  const sighting = sightingOf(account, reply);
  await deps.regions.report(region, {
    outcome: outcomeOf(sighting),
    onboardingId: id,
    openings,
    // A role that may create and not list: the check fails alone.
    isOwn: () => sighting.kind === 'fault' && isDenial(sighting.fault),
  });
  const now = deps.clock.now();
  const at = new Date(now).toISOString();
  const context = {
    now,
    provisionedAt: Date.parse(onboarding.completedAt ?? onboarding.createdAt),
    policy: deps.policy,
    share: shareOf(id),
  };
  const judged = afterLook(followed, sighting, { ...context, believesLosses: true });
  const isHeldBack = judged.isSudden && (await stopAtMassLoss(region, at, deps));
  const looked = isHeldBack ? afterLook(followed, sighting, { ...context, believesLosses: false }) : judged;
  deps.metrics.checked(region, resultOf(sighting, looked));
  const saved = await deps.ledger.saveCheck({
    ...{ id, replays, lookedAt, at },
    followed: looked.followed,
    news: looked.news,
    isChange: isChange(followed, looked.followed),
  });
  if (saved === undefined) return undefined;
  report(saved, looked, deps.log);
  return (await renewed(saved, at, deps)) ?? saved;
}

const outcomeOf = (sighting: Sighting): CallOutcome =>
  sighting.kind === 'fault' ? sighting.fault : { kind: 'seen' };

/**
 * Whether too many sources of a Region vanished at once to believe it: a wrong role, account or endpoint of ours makes
 * everything look gone. Then the Region's checks stop until an operator has judged it.
 */
async function stopAtMassLoss(
  region: Region,
  at: string,
  { ledger, log }: Pick<LookDeps, 'ledger' | 'log'>,
): Promise<boolean> {
  const since = new Date(Date.parse(at) - LOSSES_WITHIN_MS).toISOString();
  const losses = await ledger.recentLosses(region, since);
  if (!isMassLoss(losses)) return false;
  const reason = `${losses.lost} of ${losses.sources} sources were not found`;
  const begun = await ledger.beginHold({ region, kind: 'losses', reason, actor: null, beganAt: at });
  if (begun === 'begun') log.error({ region, ...losses }, 'checks.mass_loss');
  return true;
}

function resultOf(sighting: Sighting, { followed }: Looked): CheckResult {
  return sighting.kind === 'fault' ? 'failed' : followed.lostSince === null ? followed.connection : 'missing';
}

function report(saved: Onboarding, { news, followed }: Looked, log: Log): void {
  if (news === null) return;
  const { id, region, sourceName, expiresAt } = saved;
  log.info(
    {
      ...{ onboarding_id: id, region, source_name: sourceName, connection: followed.connection },
      ...{ expires_at: expiresAt, hours_left: news.hoursLeft },
    },
    news.event,
  );
}

/** Never one that was adopted or has been connected: its customer or its operator decides. */
async function renewed(
  { id, replays, renewals, connection, connectedAt, outcome }: Onboarding,
  at: string,
  { ledger, renewalsMax }: Pick<LookDeps, 'ledger' | 'renewalsMax'>,
): Promise<Onboarding | undefined> {
  const isRenewed =
    connection === 'expired' && connectedAt === null && outcome === 'created' && renewals < renewalsMax;
  return isRenewed ? ledger.renew(id, { replays, at }) : undefined;
}
