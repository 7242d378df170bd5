/** How long askers wait for an answer, and how long it is good for; in milliseconds. */
export interface Sharing {
  readonly withinMs: number;
  readonly keepMs: number;
}

/**
 * Shares one read among all who ask: at most one is under way, however many ask and however long it hangs, and its
 * answer is reused for calls within `keepMs`. Undefined when the read failed or did not answer within `withinMs`.
 */
export function sharedRead<T>(
  read: () => Promise<T>,
  { withinMs, keepMs }: Sharing,
): () => Promise<T | undefined> {
  let underWay: Promise<T | undefined> | undefined;
  let kept: { readonly answer: T | undefined; readonly at: number } | undefined;

  const start = async (): Promise<T | undefined> => {
    const answer = await read().catch(() => undefined);
    kept = { answer, at: performance.now() };
    underWay = undefined;
    return answer;
  };
  return async () => {
    if (kept !== undefined && performance.now() - kept.at < keepMs) return kept.answer;
    underWay ??= start();
    return within(underWay, withinMs);
  };
}

async function within<T>(answer: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
