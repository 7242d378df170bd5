import type { OnboardingId } from '../domain/ids.ts';
import type { AwsState } from '../domain/onboarding.ts';
import type { LedgerDatabase } from './database.ts';

/** Only a provisioned onboarding has a source whose state could be known. */
export async function saveAwsState(
  db: LedgerDatabase,
  id: OnboardingId,
  state: { awsState: AwsState | null; expiresAt: string | null; at: string },
): Promise<void> {
  await db
    .updateTable('onboardings')
    .set({ aws_state: state.awsState, expires_at: state.expiresAt, updated_at: state.at })
    .where('id', '=', id)
    .where('status', '=', 'provisioned')
    .execute();
}
