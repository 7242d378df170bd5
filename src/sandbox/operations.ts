import type { PartnerName } from '../domain/source-name.ts';
import type { Region } from '../domain/region.ts';
import { ok, type Answer } from './answer.ts';
import { awsError } from './aws-error.ts';
import type { Books } from './books.ts';
import { createSource } from './create-source.ts';
import { describeSource, listAccounts, listSources } from './read-sources.ts';
import { readFields } from './request-fields.ts';
import { asOf, deleted } from './source.ts';

/** The partner-side operations that the sandbox knows. */
export const OPERATIONS = [
  'CreatePartnerEventSource',
  'DescribePartnerEventSource',
  'ListPartnerEventSourceAccounts',
  'ListPartnerEventSources',
  'DeletePartnerEventSource',
] as const;
export type OperationName = (typeof OPERATIONS)[number];

const TARGET_PREFIX = 'AWSEvents.';

export interface OperationCall {
  readonly region: Region;
  readonly body: Readonly<Record<string, unknown>>;
  readonly books: Books;
  /** By the book clock. */
  readonly nowMs: number;
  /** Names outside this partner's prefix are refused; undefined allows any. */
  readonly partner: PartnerName | undefined;
}

/** An answer, and whether a source was made. */
export interface OperationResult {
  readonly answer: Answer;
  readonly applied?: boolean;
}

/** The operation that an `x-amz-target` header names; undefined when there is none such. */
export const operationOf = (target: string | undefined): OperationName | undefined =>
  OPERATIONS.find((operation) => target === TARGET_PREFIX + operation);

/** Runs one operation; changes of the books are on disk when it returns. */
export function runOperation(operation: OperationName, call: OperationCall): OperationResult {
  switch (operation) {
    case 'CreatePartnerEventSource':
      return create(call);
    case 'DescribePartnerEventSource':
      return describe(call);
    case 'ListPartnerEventSourceAccounts':
      return accounts(call);
    case 'ListPartnerEventSources':
      return sources(call);
    case 'DeletePartnerEventSource':
      return remove(call);
  }
}

function create(call: OperationCall): OperationResult {
  const fields = readFields(call.body, ['Name', 'Account']);
  if (!fields.ok) return fields;
  const { Name: name, Account: account } = fields.value;
  const foreign = refuseForeign(call, 'CreatePartnerEventSource', name);
  if (foreign !== undefined) return foreign;
  const before = call.books.entry(call.region, name);
  const result = createSource(before, { region: call.region, name, account, nowMs: call.nowMs });
  if (result.entry !== before) call.books.put(result.entry);
  return { answer: result.answer, applied: result.applied };
}

function describe(call: OperationCall): OperationResult {
  const fields = readFields(call.body, ['Name']);
  if (!fields.ok) return fields;
  const { Name: name } = fields.value;
  const foreign = refuseForeign(call, 'DescribePartnerEventSource', name);
  return foreign ?? { answer: describeSource(call, name) };
}

function accounts(call: OperationCall): OperationResult {
  const fields = readFields(call.body, ['EventSourceName', 'NextToken', 'Limit']);
  if (!fields.ok) return fields;
  const { EventSourceName: name, NextToken: token } = fields.value;
  const foreign = refuseForeign(call, 'ListPartnerEventSourceAccounts', name);
  return foreign ?? { answer: listAccounts(call, { name, token }) };
}

function sources(call: OperationCall): OperationResult {
  const fields = readFields(call.body, ['NamePrefix', 'NextToken', 'Limit']);
  if (!fields.ok) return fields;
  const { NamePrefix: prefix, NextToken: token, Limit: limit } = fields.value;
  const foreign = refuseForeign(call, 'ListPartnerEventSources', prefix);
  return foreign ?? { answer: listSources(call, { prefix, limit, token }) };
}

function remove(call: OperationCall): OperationResult {
  const fields = readFields(call.body, ['Name', 'Account']);
  if (!fields.ok) return fields;
  const { Name: name, Account: account } = fields.value;
  const foreign = refuseForeign(call, 'DeletePartnerEventSource', name);
  if (foreign !== undefined) return foreign;
  const entry = call.books.entry(call.region, name);
  const source = deleted(asOf(entry.source, call.nowMs), account);
  if (source !== entry.source) call.books.put({ ...entry, source });
  return { answer: ok({}) };
}

/**
 * Refuses names and prefixes outside the partner's own. AWS does not document what an unregistered name
 * raises; access denied is the guess that a client treats as the operator's mistake, which it is.
 */
function refuseForeign(
  call: OperationCall,
  action: OperationName,
  name: string,
): OperationResult | undefined {
  if (call.partner === undefined || name.startsWith(`aws.partner/${call.partner}/`)) return undefined;
  const message = `User is not authorized to perform: events:${action} on ${name}`;
  return { answer: awsError('AccessDeniedException', { message }) };
}
