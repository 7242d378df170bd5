import type { ConsoleDeps } from './deps.ts';
import type { Health } from './page.ts';

const LOOK_EVERY_MS = 2_000;

/** The last look; a new one is taken when it is old. No page waits for it. */
export function createHealth({
  readiness,
  operator: { clock, log },
}: Pick<ConsoleDeps, 'readiness' | 'operator'>): () => Health {
  let last: Health = { ledger: 'ok', redis: 'ok' };
  let lookedAt = -Infinity;
  const look = async (): Promise<void> => {
    try {
      const { parts } = await readiness();
      last = { ledger: parts['ledger'] ?? 'failing', redis: parts['redis'] ?? 'failing' };
    } catch (error) {
      log.error({ err: error }, 'console.health_not_read');
    }
  };
  return () => {
    if (clock.now() - lookedAt >= LOOK_EVERY_MS) {
      lookedAt = clock.now();
      void look();
    }
    return last;
  };
}
