import { randomBytes } from 'node:crypto';
import { replayId, type OnboardingId, type ReplayId } from '../../src/domain/ids.ts';
import type { Onboarding } from '../../src/domain/onboarding.ts';
import type { Region } from '../../src/domain/region.ts';
import type { NewReplay, Replay } from '../../src/domain/replay.ts';
import { AT, later, onboardingIn, ownRegion, type LedgerUnderTest } from './ledger-fixtures.ts';

let made = 0;

/** Ids follow one another in the order in which they were made. */
export function newReplay(overrides: Partial<NewReplay> = {}): NewReplay {
  made += 1;
  return {
    id: replayId(Date.parse(AT) + made, randomBytes(16)),
    filter: { status: 'failed' },
    ratePerSecond: null,
    reason: 'quota raised; "see" ticket <7>',
    actor: 'alice',
    createdAt: later(10),
    ...overrides,
  };
}

/** So many failed onboardings in a Region of their own, oldest first. */
export async function failures(
  tested: LedgerUnderTest,
  count: number,
): Promise<{ region: Region; ids: readonly OnboardingId[] }> {
  const region = ownRegion();
  const ids: OnboardingId[] = [];
  for (let n = 0; n < count; n += 1) ids.push((await onboardingIn('failed', tested, { region })).id);
  return { region, ids };
}

/** A replay of all that failed in a Region. */
export async function startedIn(
  { ledger }: Pick<LedgerUnderTest, 'ledger'>,
  region: Region,
  overrides: Partial<NewReplay> = {},
): Promise<Replay> {
  const replay = await ledger.createReplay(newReplay({ filter: { region }, ...overrides }));
  if (replay === undefined) throw new Error('Nothing has failed there.');
  return replay;
}

export const present = async ({ ledger }: Pick<LedgerUnderTest, 'ledger'>, id: ReplayId): Promise<Replay> => {
  const replay = await ledger.getReplay(id);
  if (replay === undefined) throw new Error(`The ledger holds no ${id}.`);
  return replay;
};

export const auditOf = ({ sql }: LedgerUnderTest, id: OnboardingId | ReplayId) =>
  sql(
    `select actor, action, reason, before, after from onboarding.audit where subject = '${id}' order by id`,
  );

/** What shows of an onboarding that starts over. */
export const startedOver = (replays: number): Partial<Onboarding> => ({
  status: 'queued',
  lane: 'bulk',
  replays,
  error: null,
  completedAt: null,
});
