import type { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import type { ShownLayout } from '../domain/import-layout.ts';
import type { ImportFile, RejectedRow } from '../domain/import-report.ts';
import type { ImportOutcome, ImportTrial } from '../intake/import-rows.ts';
import type { CheckNowDeps } from '../lifecycle/check-now.ts';
import type { Following } from '../operations/following.ts';
import type { OperatorDeps } from '../operations/operator-deps.ts';
import type { Readiness } from '../operations/readiness.ts';
import type { Settings } from '../runtime/config.ts';
import type { ApiToken } from '../runtime/api-token.ts';
import type { LoginLink } from '../runtime/login-link.ts';
import type { Logins } from '../runtime/logins.ts';
import type { Health, Respond, Site } from './page.ts';

/** Files that a browser sends. Options are query parameters of `POST /v1/imports`. */
export interface Uploads {
  /** Reads a file and writes nothing. */
  attempt(sent: SentFile): Promise<ImportTrial | UnusableFile>;
  accept(sent: SentFile, actor: string): Promise<ImportOutcome | UnusableFile>;
  rejectsCsv(file: ImportFile, rejects: AsyncIterable<readonly RejectedRow[]>): Readable;
}

interface SentFile {
  readonly body: Readable;
  readonly options: Readonly<Record<string, unknown>>;
}

/** Why a file cannot be imported at all, with its header as far as it was read. */
export interface UnusableFile {
  readonly problems: readonly string[];
  readonly layout: ShownLayout;
}

/** What the console is given by the composition. */
export interface ConsoleDeps {
  readonly site: Omit<Site, 'assets'>;
  readonly access: {
    readonly tokens: readonly ApiToken[];
    readonly logins: Logins;
    /** Shown at the start of an embedded service; undefined where tokens are configured. */
    readonly loginLink: LoginLink | undefined;
    /** What callers are held to; undefined: not too much yet. */
    readonly rateLimits: {
      request(token: ApiToken): Promise<Throttled | undefined>;
      wrongToken(request: FastifyRequest): Promise<Throttled | undefined>;
      login(request: FastifyRequest): Promise<Throttled | undefined>;
    };
  };
  readonly operator: OperatorDeps;
  readonly checkNow: CheckNowDeps;
  readonly uploads: Uploads;
  readonly following: Following;
  readonly readiness: () => Promise<Readiness>;
  /** The configuration with its secrets left out: src/runtime/config.ts. */
  readonly settings: Settings;
}

export interface Throttled {
  readonly retryAfterSeconds: number;
}

/** What every page can use. */
export interface PagesDeps extends ConsoleDeps {
  readonly health: () => Health;
  readonly respond: Respond;
}
