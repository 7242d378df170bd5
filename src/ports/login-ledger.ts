/** Logins to the console that were ended before their time, so that every process hears of it. */
export interface LoginLedger {
  /** Ends a login everywhere; a login that has ended is left as it is. Forgets those that `at` is past. */
  revokeLogin(login: { id: string; expiresAt: string; at: string }): Promise<void>;
  /** The ids of those that would still be good at an instant. */
  revokedLogins(at: string): Promise<readonly string[]>;
}
