import { openLedger } from '../../src/ledger/open-ledger.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { queryDatabase } from './query-database.ts';
import { recordingLog } from './recording-log.ts';

/**
 * Makes the schema of the ledger in an empty database, and leaves no stamp: the first start on a copy writes one, so that
 * every copy is a ledger with an id of its own, of whatever mode and partner.
 */
export async function migrateTemplate(url: string): Promise<void> {
  const options = {
    awsMode: 'sandbox',
    partner: 'acme.example',
    clock: systemClock,
    log: recordingLog(),
  } as const;
  await (await openLedger({ kind: 'postgres', url }, options)).close();
  await queryDatabase(url, 'delete from onboarding.stamp');
}
