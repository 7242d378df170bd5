import { adviceFor, type Advice } from '../domain/advice.ts';
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
  return groups.map((group) => ({ ...group, advice: adviceFor(group.errorCode, group.kind) }));
}
