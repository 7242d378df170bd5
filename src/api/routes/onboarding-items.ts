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
export type ItemAnswer<O = Onboarding> =
  | { readonly status: 202 | 200; readonly onboarding: O }
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

/** In the order of the items; `acceptances` are those of their requests. */
export const answerItems = (
  items: readonly CheckedItem[],
  acceptances: readonly Acceptance[],
): readonly ItemAnswer[] => pair(items, acceptances, answerAcceptance);

export const answerTrials = (
  items: readonly CheckedItem[],
  trials: readonly Trial[],
): readonly ItemAnswer<Onboarding | null>[] => pair(items, trials, answerTrial);

/** Listed in one answer, which would otherwise be fifty times as large as a batch of wrong fields. */
const ISSUES_MAX = 1_000;

/** Once so many issues are listed, a bad item shows its first alone. */
function pair<R, O>(
  items: readonly CheckedItem[],
  results: readonly R[],
  answer: (result: R, item: CheckedItem) => ItemAnswer<O>,
): readonly ItemAnswer<O>[] {
  let next = 0;
  let listed = 0;
  return items.map((item) => {
    if (!item.checked.ok) {
      const issues = item.checked.issues.slice(0, Math.max(1, ISSUES_MAX - listed));
      listed += issues.length;
      return { status: 400, problem: invalidRequest(issues) };
    }
    const result = results[next++];
    if (result === undefined) throw new Error('The intake answered for fewer requests than it was given.');
    return answer(result, item);
  });
}

function answerAcceptance(acceptance: Acceptance, item: CheckedItem): ItemAnswer {
  switch (acceptance.kind) {
    case 'accepted':
      return { status: 202, onboarding: asSignupSees(acceptance.onboarding) };
    case 'existing':
      return { status: 200, onboarding: asSignupSees(acceptance.onboarding) };
    case 'taken':
      return taken(item);
  }
}

function answerTrial(trial: Trial, item: CheckedItem): ItemAnswer<Onboarding | null> {
  switch (trial.kind) {
    case 'accepted':
      return { status: 202, onboarding: null };
    case 'existing':
      return {
        status: 200,
        onboarding: trial.onboarding === undefined ? null : asSignupSees(trial.onboarding),
      };
    case 'taken':
      return taken(item);
  }
}

function taken({ nameField }: CheckedItem): { readonly status: 409; readonly problem: Problem } {
  const { code, message } = SOURCE_NAME_TAKEN;
  return { status: 409, problem: problem(code, { detail: message, field: nameField }) };
}
