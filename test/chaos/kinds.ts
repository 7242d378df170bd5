import type { AttemptOutcomeKind } from '../../src/domain/outcome-kind.ts';

/** What the sandbox does to a source of this kind, and how its onboarding has to end whatever else goes wrong. */
export interface Kind {
  /** Words of docs/sandbox.md, for the last segment of the source's name. */
  readonly script: string;
  /** How many of 1,000 onboardings are of it. */
  readonly perMille: number;
  readonly end: 'provisioned' | AttemptOutcomeKind;
}

const ENDS_WELL: readonly [script: string, perMille: number][] = [
  ['plain', 500],
  ['applied-1', 80],
  ['cme-2', 50],
  ['internal-1', 40],
  ['throttle-2', 40],
  ['reset-1', 40],
  ['garbage-1', 40],
  ['cme-1.applied-1', 30],
  ['hang-1', 20],
  ['html-1', 20],
  ['unavailable-1', 20],
  ['expired-1', 10],
  ['noarn', 10],
  ['mine', 20],
  ['pages-2.mine', 10],
  ['listfail-2.applied-1', 10],
  ['describefail-1.noarn', 5],
];

/** Refused permanently; `unknown` is retried until its rounds are spent. */
const ENDS_BADLY: readonly [script: string, perMille: number, end: AttemptOutcomeKind][] = [
  ['other', 20, 'conflict'],
  ['limit', 12, 'quota'],
  ['invalid', 10, 'rejected'],
  ['gone', 5, 'unsettled'],
  ['disabled', 3, 'regionOff'],
  ['denied', 3, 'operatorFault'],
  ['unknown', 2, 'transient'],
];

export const KINDS: readonly Kind[] = [
  ...ENDS_WELL.map(([script, perMille]) => ({ script, perMille, end: 'provisioned' as const })),
  ...ENDS_BADLY.map(([script, perMille, end]) => ({ script, perMille, end })),
];
