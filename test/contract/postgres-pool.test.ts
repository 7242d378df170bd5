import { type AddressInfo, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createPostgresPool } from '../../src/ledger/database/postgres-pool.ts';
import { recordingLog } from '../support/recording-log.ts';

/** A message of PostgreSQL's protocol: its type, its length with itself, its body. */
function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

/** Lets everybody in, and ends the session in the same breath. */
const WELCOME_AND_FAREWELL = Buffer.concat([
  message('R', Buffer.alloc(4)),
  message('Z', Buffer.from('I')),
  message('E', Buffer.from('SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0')),
]);

test('a session that is ended in the moment in which it begins is a lost connection, and not the end of the process', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(WELCOME_AND_FAREWELL));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  const url = `postgres://onboard@127.0.0.1:${port}/onboard`;
  const pool = createPostgresPool({ url, maxConnections: 1, connectWithinMs: 5_000, log: recordingLog() });
  for (let time = 0; time < 3; time += 1) {
    const outcome = pool.connect().then(async (client) => {
      try {
        return await client.query('select 1', []);
      } finally {
        client.release();
      }
    });
    await expect(outcome).rejects.toThrow();
  }
  await pool.end();
});
