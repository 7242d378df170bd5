import type { Redis } from 'ioredis';
import type { OutageNote } from '../../ports/alert-ledger.ts';
import { outageNoteKey } from '../queue-keys.ts';
import { bounded } from './bounded.ts';

/** @param client shared with the producers; closed by its owner */
export function createOutageNote(client: Redis, prefix: string): OutageNote {
  const key = outageNoteKey(prefix);
  return {
    claim: async (text, forMs) =>
      (await bounded('note an outage', async () => client.set(key, text, 'PX', forMs, 'NX'))) === 'OK',
    async write(text, forMs) {
      await bounded('note an outage', async () => client.set(key, text, 'PX', forMs));
    },
    read: async () => bounded('read the note of an outage', async () => client.get(key)),
  };
}
