/** A peer's worker process: `main.ts <peer> <concurrency> <place as JSON>`; runs until it is ended. */
import type { Place } from '../support/place.ts';
import { PEERS, type PeerKey } from './all-peers.ts';

const [key, concurrency, place] = process.argv.slice(2);
await PEERS[key as PeerKey].work(JSON.parse(place ?? '{}') as Place, Number(concurrency));
