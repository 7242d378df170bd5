import type {
  ListPartnerEventSourceAccountsCommandOutput,
  PartnerEventSourceAccount,
} from '@aws-sdk/client-eventbridge';
import { ACCOUNT_PATTERN, type AccountId } from '../domain/account.ts';
import { CodecError, type CreateResponse, responseFromJson } from '../domain/codec.ts';
import type { Fault, SourceAccount, SourceRef } from '../domain/outcome.ts';
import { isArnOfSource } from '../domain/source-name.ts';

/** An answer that is JSON, but not what the operation answers. The SDK checks no types: what is typed as text may be a number. */
export class UnreadableAnswerError extends Error {
  override readonly name = 'UnreadableAnswerError';
}

/** What every response of AWS has: without it, one that says nothing else may be from anything on the way. */
interface Metadata {
  readonly requestId?: string | undefined;
}

function refuseUnsigned({ requestId }: Metadata, lacks: string): void {
  if (readRequestId(requestId).requestId === undefined)
    throw new UnreadableAnswerError(`it has ${lacks} and no AWS request id.`);
}

/** AWS models the ARN as optional; an empty one counts as left out. One of another source is no answer to this call. */
export function readArn(arn: unknown, { region, sourceName }: SourceRef, metadata: Metadata): CreateResponse {
  try {
    const response = responseFromJson({ eventSourceArn: arn === '' ? undefined : arn });
    const { eventSourceArn } = response;
    if (eventSourceArn === undefined) refuseUnsigned(metadata, 'no ARN');
    if (eventSourceArn === undefined || isArnOfSource(eventSourceArn, region, sourceName)) return response;
    throw new UnreadableAnswerError('The ARN is not that of the source.');
  } catch (error) {
    if (error instanceof CodecError) throw new UnreadableAnswerError(error.message, { cause: error });
    throw error;
  }
}

export interface AccountsPage {
  readonly accounts: readonly SourceAccount[];
  readonly nextToken: string | undefined;
}

export function readAccountsPage(page: ListPartnerEventSourceAccountsCommandOutput): AccountsPage {
  const records: unknown = page.PartnerEventSourceAccounts ?? [];
  const token: unknown = page.NextToken ?? '';
  if (!Array.isArray(records)) throw new UnreadableAnswerError('PartnerEventSourceAccounts is not a list.');
  if (typeof token !== 'string') throw new UnreadableAnswerError('NextToken is not text.');
  if (records.length === 0) refuseUnsigned(page.$metadata, 'no account');
  return { accounts: records.map(readAccount), nextToken: token === '' ? undefined : token };
}

/** A record without a readable account makes the list unreadable: left out, it could hide whose the source is. */
function readAccount(record: unknown): SourceAccount {
  const { Account, State, ExpirationTime } = (record ?? {}) as PartnerEventSourceAccount;
  if (typeof Account !== 'string' || !ACCOUNT_PATTERN.test(Account)) {
    throw new UnreadableAnswerError('A record of PartnerEventSourceAccounts has no 12-digit Account.');
  }
  const account = { account: Account as AccountId, state: readState(State) };
  const expiresAt = readInstant(ExpirationTime);
  return expiresAt === undefined ? account : { ...account, expiresAt };
}

/** Undefined for what is no time, and for years that no ledger holds: a source is adopted all the same. */
function readInstant(time: unknown): string | undefined {
  if (!(time instanceof Date) || Number.isNaN(time.getTime())) return undefined;
  const text = time.toISOString();
  return /^(?!0000)[0-9]{4}-/.test(text) ? text : undefined;
}

const REQUEST_ID = /^[\x21-\x7e]{1,128}$/;

/** AWS's request id, which is stored and logged as it is; what does not look like one is left out. */
export function readRequestId(id: unknown): { requestId?: string } {
  return typeof id === 'string' && REQUEST_ID.test(id) ? { requestId: id } : {};
}

function readState(state: string | undefined): SourceAccount['state'] {
  switch (state) {
    case 'PENDING':
      return 'pending';
    case 'ACTIVE':
      return 'active';
    case 'DELETED':
      return 'deleted';
    default:
      return 'unknown';
  }
}

/** The fault that an unreadable answer is: AWS may well have applied the call, so it is looked at again. */
export function unreadable(error: UnreadableAnswerError): Fault {
  return {
    kind: 'transient',
    code: 'UnreadableResponse',
    message: `AWS answered something else than was asked for: ${error.message}`,
  };
}
