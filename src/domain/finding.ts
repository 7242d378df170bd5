export type FindingStatus = 'ok' | 'warn' | 'fail';

/** What a look at one thing that the service stands on came to. No secret, and no address with a password, is in it. */
export interface Finding {
  /** What was looked at, stable: `redis.eviction`, `aws.describe`. Its first word names the part. */
  readonly check: string;
  /** Which of several it was, such as a Region; null where there is one. */
  readonly subject: string | null;
  readonly status: FindingStatus;
  /** What was found, a sentence. */
  readonly message: string;
  /** What to do about it; null when it is well. */
  readonly fix: string | null;
}

/** What is looked at. */
export interface Look {
  readonly check: string;
  readonly subject?: string;
}

export const wellFound = (look: Look, message: string): Finding => found(look, 'ok', { message, fix: null });

/** Something that runs, but not as it should. */
export const doubtful = (look: Look, message: string, fix: string): Finding =>
  found(look, 'warn', { message, fix });

/** Something that keeps the service from its work. */
export const broken = (look: Look, message: string, fix: string): Finding =>
  found(look, 'fail', { message, fix });

const found = (
  { check, subject }: Look,
  status: FindingStatus,
  said: Pick<Finding, 'message' | 'fix'>,
): Finding => ({ check, subject: subject ?? null, status, ...said });

/** More than this between two clocks is worth a word. AWS refuses signatures that are 5 minutes off. */
const SKEW_WARN_MS = 5_000;
const SKEW_FAIL_MS = 240_000;

/**
 * How far another clock is from ours.
 * @param aheadMs milliseconds that it is ahead; negative: behind
 * @param whose as a sentence begins: `Redis’ clock`
 */
export function judgeSkew(look: Look, whose: string, aheadMs: number): Finding {
  const off = Math.abs(aheadMs);
  const seconds = (off / 1_000).toFixed(1);
  if (off < SKEW_WARN_MS) return wellFound(look, `${whose} agrees with the service’s (${seconds} s apart).`);
  const message = `${whose} is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} the service’s.`;
  const fix = 'Keep every host’s clock with NTP (chronyd, systemd-timesyncd).';
  return off < SKEW_FAIL_MS ? doubtful(look, message, fix) : broken(look, message, fix);
}

/**
 * The findings, with one instead of each trouble that all subjects share, such as missing credentials, which every Region would
 * repeat. @param shared what is told of each finding but its subject; equal texts are one trouble
 */
export function saidOnce(
  findings: readonly Finding[],
  subjects: readonly string[],
  shared: (finding: Finding) => string = ({ message }) => message,
): readonly Finding[] {
  const keyOf = (finding: Finding): string => [finding.status, finding.fix, shared(finding)].join('\n');
  const everywhere = (finding: Finding): boolean =>
    subjects.length > 1 &&
    finding.status !== 'ok' &&
    subjects.every((subject) =>
      findings.some((other) => other.subject === subject && keyOf(other) === keyOf(finding)),
    );
  const said = new Set<string>();
  return findings.flatMap((finding) => {
    if (!everywhere(finding)) return [finding];
    if (said.has(keyOf(finding))) return [];
    said.add(keyOf(finding));
    return [
      { ...finding, subject: null, message: `In all Regions (${subjects.join(', ')}): ${finding.message}` },
    ];
  });
}
