import { SOURCE_NAME_TAKEN, type Acceptance, type Trial } from '../../domain/acceptance.ts';
import { asSignupSees } from '../../domain/as-signup-sees.ts';
import type { Checked } from '../../domain/field-issue.ts';
import { parseOnboardingRequest, type RequestRules } from '../../domain/onboarding-request.ts';
import type { Onboarding, OnboardingRequest } from '../../domain/onboarding.ts';
import { invalidRequest, problem, type Problem } from '../http/problem.ts';
import { forEachYielding } from '../http/event-loop.ts';

/** One request as it was sent, checked. */
export interface CheckedItem {
  readonly checked: Checked<OnboardingRequest>;
  /** Where the source's name stands in the request. */
  readonly nameField: 'sourceName' | 'eventName';
}

/**
 * What one request is answered, by itself or in a batch, to callers of every role: as the signup side may see it.
 * `onboarding` is null in a dry run that would make one.
 */
export type ItemAnswer =
  | { readonly status: 202 | 200; readonly onboarding: Onboarding | null }
  | { readonly status: 400 | 409; readonly problem: Problem };

export function checkItem(input: unknown, rules: RequestRules): CheckedItem {
  const wholeName = typeof input === 'object' && input !== null && 'sourceName' in input;
  return {
    checked: parseOnboardingRequest(input, rules),
    nameField: wholeName ? 'sourceName' : 'eventName',
  };
}

/** Checks a batch in turns: 1,000 items with full metadata take longer than other calls may wait. */
export async function checkItems(
  inputs: readonly unknown[],
  rules: RequestRules,
): Promise<readonly CheckedItem[]> {
  const items: CheckedItem[] = [];
  await forEachYielding(inputs, (input) => {
    items.push(checkItem(input, rules));
  });
  return items;
}

/** The requests among the items that were in order: what intake is asked to take. */
export const requestsOf = (items: readonly CheckedItem[]): readonly OnboardingRequest[] =>
  items.flatMap(({ checked }) => (checked.ok ? [checked.value] : []));

/** Listed in one answer, which would otherwise be fifty times as large as a batch of wrong fields. */
const ISSUES_MAX = 1_000;

/**
 * In the order of the items; `results` are those of their requests. Once so many issues are listed, a bad item shows its
 * first alone.
 */
export function answerItems(
  items: readonly CheckedItem[],
  results: readonly (Acceptance | Trial)[],
): readonly ItemAnswer[] {
  let next = 0;
  let listed = 0;
  return items.map((item) => {
    if (!item.checked.ok) {
      const issues = item.checked.issues.slice(0, Math.max(1, ISSUES_MAX - listed));
      listed += issues.length;
      return { status: 400, problem: invalidRequest(issues) };
    }
    const result = results[next++];
    if (result === undefined) throw new Error('The intake returned fewer results than requests.');
    return answerOf(result, item);
  });
}

function answerOf(result: Acceptance | Trial, { nameField }: CheckedItem): ItemAnswer {
  const found = 'onboarding' in result ? result.onboarding : undefined;
  const onboarding = found === undefined ? null : asSignupSees(found);
  switch (result.kind) {
    case 'accepted':
      return { status: 202, onboarding };
    case 'existing':
      return { status: 200, onboarding };
    case 'taken': {
      const { code, message } = SOURCE_NAME_TAKEN;
      return { status: 409, problem: problem(code, { detail: message, field: nameField }) };
    }
  }
}
