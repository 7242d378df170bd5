import type { Finding } from '../domain/finding.ts';

/**
 * Looks at one of the things that the service stands on, changes nothing there, and says what it found. What is out of
 * reach is a finding too; it rejects only for unexpected errors, or with the reason of the signal.
 */
export type Checkup = (signal: AbortSignal) => Promise<readonly Finding[]>;
