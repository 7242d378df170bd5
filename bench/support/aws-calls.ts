/** What the sandbox has answered to creates since it was reset. */
export interface AwsCalls {
  readonly at: number;
  readonly passed: number;
  readonly throttled: number;
}

export async function countAwsCalls(awsUrl: string): Promise<AwsCalls> {
  const reply = await fetch(`${awsUrl}/__sandbox/calls`);
  const { counts } = (await reply.json()) as { counts: readonly { answer: string; count: number }[] };
  const of = (isThrottled: boolean): number =>
    counts
      .filter(({ answer }) => (answer === 'ThrottlingException') === isThrottled)
      .reduce((sum, { count }) => sum + count, 0);
  return { at: performance.now(), passed: of(false), throttled: of(true) };
}

/** Between two looks: the share of a quota that was used, and of the calls that were throttled. */
export function sharesOf(
  from: AwsCalls,
  to: AwsCalls,
  perSecond: number,
): { readonly used: number; readonly throttled: number } {
  const passed = to.passed - from.passed;
  const throttled = to.throttled - from.throttled;
  return {
    used: passed / (((to.at - from.at) / 1_000) * perSecond),
    throttled: throttled / (passed + throttled),
  };
}
