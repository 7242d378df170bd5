/** What may change in the life of an onboarding, as it is served; everything else an event reads from the row. */
export const CHANGING = `lane, status, outcome, event_source_arn, arn_origin, aws_state, expires_at, error, attempts, replays,
       next_attempt_at, updated_at, completed_at`;
