import { LedgerUnavailableError } from '../domain/unavailable.ts';
import type { Clock, Log } from '../ports.ts';
import type { LoginLedger } from '../ports/login-ledger.ts';

/** A logout in another process is heard of within this time. */
const LOOK_EVERY_MS = 2_000;
const TRY_AGAIN_MS = 5_000;
/** For so long the last look counts while the ledger is down. */
const TRUST_LAST_LOOK_MS = 60_000;

export interface RevokedLogins {
  /** `unknown`: the ledger has not answered for a minute, so it is unknown. */
  has(id: string): Promise<boolean | 'unknown'>;
  /**
   * Holds in this process at once; elsewhere as soon as the ledger has it, which is tried until it does.
   * @returns false where this process knew it already
   */
  add(login: { id: string; expiresAt: number }): Promise<boolean>;
}

export interface RevokedLoginsDeps {
  readonly ledger: LoginLedger;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

/**
 * Which logins were ended, as this process knows it: one read of the ledger every two seconds while the console is in
 * use, however many requests come, and none otherwise.
 */
export function createRevokedLogins({ ledger, clock, log }: RevokedLoginsDeps): RevokedLogins {
  const unsaved = new Map<string, number>();
  let known: ReadonlySet<string> = new Set();
  let lookedAt = -Infinity;
  let tried = -Infinity;
  let looking: Promise<void> | undefined;

  const save = async (): Promise<void> => {
    for (const [id, expiresAt] of unsaved) {
      const at = new Date(clock.now()).toISOString();
      await ledger.revokeLogin({ id, expiresAt: new Date(expiresAt).toISOString(), at });
      known = new Set([...known, id]);
      unsaved.delete(id);
    }
  };
  const look = async (): Promise<void> => {
    const now = clock.now();
    tried = now;
    try {
      await save();
      known = new Set(await ledger.revokedLogins(new Date(now).toISOString()));
      lookedAt = now;
    } catch (error) {
      if (!(error instanceof LedgerUnavailableError)) throw error;
      log.warn({ err: error }, 'logins.not_checked');
    }
  };
  const lookOnce = (): Promise<void> =>
    (looking ??= look().finally(() => {
      looking = undefined;
    }));
  const isFresh = (): boolean => clock.now() - lookedAt < TRUST_LAST_LOOK_MS;
  const notSaved = (error: unknown): void => log.error({ err: error }, 'logins.not_saved');
  /** Whatever comes of it, what is not saved is tried again. */
  const saveSoon = async (): Promise<void> => {
    try {
      await lookOnce();
    } finally {
      if (unsaved.size > 0) setTimeout(() => void saveSoon().catch(notSaved), TRY_AGAIN_MS).unref();
    }
  };
  return {
    async has(id) {
      if (unsaved.has(id)) return true;
      // Callers during the first read wait for it too.
      const isDue = clock.now() - tried >= LOOK_EVERY_MS;
      if (isDue || (looking !== undefined && !isFresh())) await lookOnce();
      if (known.has(id)) return true;
      return isFresh() ? false : 'unknown';
    },
    async add({ id, expiresAt }) {
      const isNew = !unsaved.has(id) && !known.has(id);
      unsaved.set(id, expiresAt);
      // A look that has begun may be past the saving already.
      await looking?.catch(() => undefined);
      await saveSoon();
      return isNew;
    },
  };
}
