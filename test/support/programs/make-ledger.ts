/**
 * Makes an embedded ledger in the folder in its arguments, as a first start without settings makes it, but without the
 * stamp: the first start on a copy writes one, of whatever mode and partner.
 */
import { PGlite } from '@electric-sql/pglite';
import { pg_trgm as trigrams } from '@electric-sql/pglite/contrib/pg_trgm';
import { openLedger } from '../../../src/ledger/open-ledger.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { recordingLog } from '../recording-log.ts';

const dir = process.argv[2]!;
const options = {
  awsMode: 'sandbox',
  partner: 'acme.example',
  clock: systemClock,
  log: recordingLog(),
} as const;
await (await openLedger({ kind: 'embedded', dir }, options)).close();
const database = await PGlite.create({ dataDir: dir, extensions: { pg_trgm: trigrams } });
await database.query('delete from onboarding.stamp');
await database.close();
// tsx keeps the thread of the embedded database, and so this process, alive.
process.exit(0);
