import type { FastifyRequest } from 'fastify';
import type { Region } from '../domain/region.ts';
import type { CancelDeps } from '../operations/cancel.ts';
import type { Following } from '../operations/following.ts';
import type { OverviewDeps } from '../operations/overview.ts';
import type { Readiness } from '../operations/readiness.ts';
import type { RegionsDeps } from '../operations/regions.ts';
import type { ReplayDeliveryDeps } from '../operations/replay-delivery.ts';
import type { ReplayDeps } from '../operations/replay.ts';
import type { ReplaysDeps } from '../operations/replays.ts';
import type { Clock, Ledger, Log, LogFields } from '../ports.ts';
import type { ApiToken } from '../runtime/api-token.ts';
import type { LoginLink } from '../runtime/login-link.ts';
import type { Logins } from '../runtime/logins.ts';
import type { Health, Respond, Site } from './page.ts';

/** What the console is given by the composition. */
export interface ConsoleDeps {
  readonly site: Omit<Site, 'assets'>;
  readonly tokens: readonly ApiToken[];
  readonly logins: Logins;
  /** Shown at the start of an embedded service; undefined where tokens are configured. */
  readonly loginLink: LoginLink | undefined;
  /** What callers are held to; undefined: not too much yet. */
  readonly throttles: {
    request(token: ApiToken): Promise<Throttled | undefined>;
    wrongToken(request: FastifyRequest): Promise<Throttled | undefined>;
    login(request: FastifyRequest): Promise<Throttled | undefined>;
  };
  readonly ledger: Ledger;
  readonly replay: ReplayDeps;
  readonly replays: ReplaysDeps;
  readonly cancel: CancelDeps;
  readonly replayDelivery: ReplayDeliveryDeps;
  readonly regionActions: RegionsDeps;
  readonly overview: OverviewDeps;
  readonly following: Following;
  readonly readiness: () => Promise<Readiness>;
  /** Aborts when the process stops. */
  readonly stopping: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
  readonly regions: readonly Region[];
  /** AWS calls a second, for each Region. */
  readonly quotaPerSecond: number;
  /** The configuration with its secrets left out: src/runtime/config.ts. */
  readonly described: LogFields;
}

export interface Throttled {
  readonly retryAfterSeconds: number;
}

/** What every page can use. */
export interface PagesDeps extends ConsoleDeps {
  readonly health: () => Health;
  readonly respond: Respond;
}
