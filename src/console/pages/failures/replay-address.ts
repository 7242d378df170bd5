/** What the form of a replay of failures is opened with. */
export interface ReplayAddress {
  readonly codes: readonly string[];
  /** Empty: all of them. */
  readonly region: string;
  /** Only what had failed by then is replayed, ISO 8601; left out: by when the form is made. */
  readonly before?: string;
}

/** The address of the form, and what it is sent to. */
export function replayHref({ codes, region, before }: ReplayAddress): string {
  const query = new URLSearchParams([
    ...codes.map((code) => ['errorCode', code]),
    ...(region === '' ? [] : [['region', region]]),
    ...(before === undefined ? [] : [['before', before]]),
  ]);
  return `/failures/replay?${query}`;
}
