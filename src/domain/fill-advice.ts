import type { Advice } from './advice-topic.ts';

/** What is known of the failures that an advice is for. */
export interface AdviceFacts {
  /** Of one of them: it names the partner. */
  readonly sourceName: string;
  /** The one with the most failures first. */
  readonly regions: readonly string[];
  readonly firstSeenAt: string;
  readonly requestId: string | undefined;
  readonly count: number;
}

/** The advice with what is known in the place of its placeholders; what only people know stays in <…>. */
export function fillAdvice(advice: Advice, facts: AdviceFacts): Advice {
  const { template } = advice;
  return {
    ...advice,
    todo: advice.todo.map((step) => fillStep(step, facts)),
    ...(template === undefined ? {} : { template: fillTemplate(template, facts) }),
  };
}

function fillStep(step: string, { sourceName, regions, count }: AdviceFacts): string {
  const [region, ...others] = regions;
  const named = count === 1 ? step.replaceAll('<source name>', () => sourceName) : step;
  if (region === undefined || !named.includes('<region>')) return named;
  const filled = named.replaceAll('<region>', region);
  return others.length === 0 ? filled : `${filled} Repeat it for ${others.join(', ')}.`;
}

function fillTemplate(template: string, facts: AdviceFacts): string {
  const { sourceName, regions, firstSeenAt, requestId, count } = facts;
  const known: readonly (readonly [string, string | undefined])[] = [
    ['<PARTNER_NAME>', sourceName.split('/')[1]],
    ['<regions>', regions.join(', ')],
    ['<firstSeenAt>', firstSeenAt],
    ['<requestId>', requestId],
    ['<n> customers are', count === 1 ? '1 customer is' : `${count} customers are`],
  ];
  return known.reduce(
    (text, [name, value]) => (value === undefined ? text : text.replaceAll(name, () => value)),
    template,
  );
}
