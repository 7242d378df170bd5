import type { Finding } from '../domain/finding.ts';

/** What the service found when it looked at all that it stands on. */
export interface DoctorAnswer {
  readonly version: string;
  /** The service’s clock. */
  readonly at: string;
  readonly findings: readonly Finding[];
}
