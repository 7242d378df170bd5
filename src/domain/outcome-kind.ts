/** What an attempt can end as: the closed set that the ledger stores and the API serves. */
export const OUTCOME_KINDS = [
  'created',
  'adopted',
  'conflict',
  'unsettled',
  'transient',
  'throttled',
  'quota',
  'regionOff',
  'operatorFault',
  'rejected',
] as const;

export type AttemptOutcomeKind = (typeof OUTCOME_KINDS)[number];
