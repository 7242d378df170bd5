/** Listens on a channel, says when that has begun, and has nothing else to do: the process is to end by itself. */
import { openNotificationsListener } from '../../../src/ledger/database/notifications-listener.ts';
import { recordingLog } from '../recording-log.ts';

const [url = ''] = process.argv.slice(2);
const listener = openNotificationsListener({ url, log: recordingLog() });
const keepAlive = setInterval(() => undefined, 1_000);
listener.listen('test_channel', () => {
  process.stdout.write('listening\n');
  clearInterval(keepAlive);
});
