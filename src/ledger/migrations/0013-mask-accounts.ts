import { accountPattern, MASK } from '../../domain/as-signup-sees.ts';
import type { Migration } from './migration.ts';

/**
 * `onboarding.accept` shows an existing onboarding as HTTP shows it to the role `signup`: without the other accounts that
 * AWS's message may name. `asSignupSees` in src/domain is the same in TypeScript, and a test compares the two.
 */
export const maskAccounts: Migration = {
  number: 13,
  name: 'mask-accounts',
  statements: [
    `create function onboarding.error_for_signup(error jsonb, account text) returns jsonb
       language sql stable parallel safe
       as $$ select error || jsonb_build_object('message', regexp_replace(error ->> 'message',
         '${accountPattern("' || account || '")}', '${MASK}', 'g')) $$`,

    // As in migration 5, with the error masked. Only onboarding.accept calls it.
    `create or replace function onboarding.json_onboarding(o onboarding.onboardings) returns jsonb
       language sql stable parallel safe
       as $$ select jsonb_build_object('id', o.id, 'customerId', o.customer_id, 'account', o.account, 'region', o.region,
         'sourceName', o.source_name, 'lane', o.lane, 'status', o.status, 'outcome', o.outcome,
         'eventSourceArn', o.event_source_arn, 'arnOrigin', o.arn_origin, 'awsState', o.aws_state,
         'expiresAt', onboarding.json_instant(o.expires_at),
         'error', onboarding.error_for_signup(o.error, o.account), 'attempts', o.attempts,
         'replays', o.replays, 'nextAttemptAt', onboarding.json_instant(o.next_attempt_at), 'metadata', o.metadata,
         'callbackUrl', o.callback_url, 'createdAt', onboarding.json_instant(o.created_at),
         'updatedAt', onboarding.json_instant(o.updated_at), 'completedAt', onboarding.json_instant(o.completed_at)) $$`,
  ],
};
