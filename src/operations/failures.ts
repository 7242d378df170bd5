import { adviceFor, type Advice } from '../domain/advice.ts';
import { fillAdvice } from '../domain/fill-advice.ts';
import { isOnboardingId } from '../domain/ids.ts';
import type { FailureFilter, FailureGroup } from '../domain/figures.ts';
import type { OperatorDeps } from './operator-deps.ts';

export interface AdvisedFailures extends FailureGroup {
  readonly advice: Advice;
}

/** The present failures in groups of one cause, biggest first, each with what to do about it. */
export async function readFailures(
  filter: FailureFilter,
  { ledger, clock }: Pick<OperatorDeps, 'ledger' | 'clock'>,
): Promise<readonly AdvisedFailures[]> {
  const groups = await ledger.failures(filter, clock.now());
  const ids = groups.map(({ sampleIds }) => sampleIds[0]).filter((id) => id !== undefined);
  const samples = await ledger.getMany(ids.filter(isOnboardingId));
  return groups.map((group) => {
    const advice = adviceFor(group.errorCode, group.kind);
    const sample = samples.find(({ id }) => id === group.sampleIds[0]);
    if (sample === undefined) return { ...group, advice };
    const { count, firstSeenAt } = group;
    const regions = group.regions.map(({ region }) => region);
    const { sourceName, error } = sample;
    const facts = { sourceName, regions, firstSeenAt, requestId: error?.requestId, count };
    return { ...group, advice: fillAdvice(advice, facts) };
  });
}
