/** Makes an embedded ledger, as a first start without settings makes it, in the folder in its arguments. */
import { openLedger } from '../../../src/ledger/open-ledger.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { recordingLog } from '../recording-log.ts';

const location = { kind: 'embedded', dir: process.argv[2]! } as const;
const options = {
  awsMode: 'sandbox',
  partner: 'acme.example',
  clock: systemClock,
  log: recordingLog(),
} as const;
await (await openLedger(location, options)).close();
