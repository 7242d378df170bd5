/**
 * Published as `eventbridge-partner-onboarding/outbox`: an onboarding as part of the transaction that creates the
 * customer. Rolled back, it never was; committed, the service picks it up. Needs nothing but the language and the
 * caller's own database client. docs/transactional-enqueue.md says what the database has to grant.
 */
import type { FieldIssueCode } from './domain/field-issue.ts';
import type { Lane, Onboarding } from './domain/onboarding.ts';
import { storableJson } from './domain/json.ts';

export type { FieldIssueCode } from './domain/field-issue.ts';
export type { Onboarding } from './domain/onboarding.ts';

/** A client of `pg`, or whatever else runs one statement inside the open transaction. */
export interface TransactionClient {
  query(text: string, values: unknown[]): Promise<{ readonly rows: readonly unknown[] }>;
}

/** The fields of `POST /v1/onboardings`. */
export type TransactionalRequest = {
  /** 12 digits, as text. */
  readonly account: string;
  readonly region: string;
  readonly customerId?: string | null;
  /** `live` unless it says otherwise. */
  readonly lane?: Lane | null;
  readonly metadata?: Readonly<Record<string, string>> | null;
  readonly callbackUrl?: string | null;
} & (
  | { readonly eventNamespace: string; readonly eventName: string }
  /** `aws.partner/<partner>/…` */
  | { readonly sourceName: string }
);

/** What is wrong with the field of a request: compare `code`, show `message`. */
export interface RefusedField {
  readonly field: string;
  readonly code: FieldIssueCode | 'source_name_taken';
  readonly message: string;
}

/**
 * `accepted`: a new onboarding. `existing`: this account has it already. `taken`: another account has the name.
 * `invalid`: every wrong field at once. The last two wrote nothing, and left the transaction as it was.
 */
export type TransactionalAcceptance =
  | { readonly kind: 'accepted' | 'existing'; readonly onboarding: Onboarding }
  | { readonly kind: 'taken' | 'invalid'; readonly errors: readonly RefusedField[] };

/**
 * Records an onboarding in the transaction that `client` has open. It waits while another open transaction holds the
 * same name, for as long as the caller's own `lock_timeout` allows. Whatever the database refuses is thrown as the
 * client throws it.
 */
export async function acceptInTransaction(
  client: TransactionClient,
  request: TransactionalRequest,
): Promise<TransactionalAcceptance> {
  const { rows } = await client.query(`select onboarding.accept($1::jsonb, 'answer')::text as answer`, [
    storableJson(request),
  ]);
  const [row] = rows as readonly { readonly answer?: unknown }[];
  // As text, because not every client reads jsonb.
  if (typeof row?.answer !== 'string') throw new TypeError('The client gave back no row for the statement.');
  return JSON.parse(row.answer) as TransactionalAcceptance;
}
