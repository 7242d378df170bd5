import type { Region } from '../domain/region.ts';
import { deriveSourceArn, type PartnerName } from '../domain/source-name.ts';
import { type Answer, appliesFirst, awsError, createFaultAnswer, ok } from './answer.ts';
import type { Books } from './books.ts';
import { nextCreateFault, parseFaultScript } from './fault-script.ts';
import { describeSource, listAccounts, listSources } from './read-sources.ts';
import { type FieldValues, readFields } from './request-fields.ts';
import { asOf, created, deleted, seeded } from './source.ts';

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

type Operation = (call: OperationCall, action: string) => OperationResult;

/** The partner-side operations that the sandbox knows. */
const OPERATIONS = {
  CreatePartnerEventSource: operation('Name', ['Account'], create),
  DescribePartnerEventSource: operation('Name', [], (call, { Name }) => ({
    answer: describeSource(call, Name),
  })),
  ListPartnerEventSourceAccounts: operation('EventSourceName', ['NextToken', 'Limit'], (call, fields) => ({
    answer: listAccounts(call, { name: fields.EventSourceName, token: fields.NextToken }),
  })),
  ListPartnerEventSources: operation('NamePrefix', ['NextToken', 'Limit'], (call, fields) => ({
    answer: listSources(call, {
      prefix: fields.NamePrefix,
      limit: fields.Limit,
      token: fields.NextToken,
    }),
  })),
  DeletePartnerEventSource: operation('Name', ['Account'], remove),
} satisfies Record<string, Operation>;

export type OperationName = keyof typeof OPERATIONS;

const TARGET_PREFIX = 'AWSEvents.';

/** The operation that an `x-amz-target` header names; undefined when there is none such. */
export const operationOf = (target: unknown): OperationName | undefined =>
  (Object.keys(OPERATIONS) as OperationName[]).find((name) => target === TARGET_PREFIX + name);

/** Runs one operation; changes of the books are on disk when it returns. */
export const runOperation = (name: OperationName, call: OperationCall): OperationResult =>
  OPERATIONS[name](call, name);

/** An operation on what `nameField` names: fields are checked first, then whose name it is. */
function operation<
  NameField extends 'Name' | 'EventSourceName' | 'NamePrefix',
  Other extends keyof FieldValues = never,
>(
  nameField: NameField,
  others: readonly Other[],
  run: (call: OperationCall, fields: Pick<FieldValues, NameField | Other>) => OperationResult,
): Operation {
  return (call, action) => {
    const fields = readFields(call.body, [nameField, ...others]);
    if (!fields.ok) return fields;
    return refuseForeign(call, action, fields.value[nameField]) ?? run(call, fields.value);
  };
}

/**
 * Refuses names and prefixes outside the partner's own. AWS does not document what an unregistered name
 * raises; access denied is the guess that a client treats as the operator's mistake, which it is.
 */
function refuseForeign(
  { partner }: OperationCall,
  action: string,
  name: string,
): OperationResult | undefined {
  if (partner === undefined || name.startsWith(`aws.partner/${partner}/`)) return undefined;
  const message = `User is not authorized to perform: events:${action} on ${name}`;
  return { answer: awsError('AccessDeniedException', { message }) };
}

type SourceOfAccount = Pick<FieldValues, 'Name' | 'Account'>;

/** The source's fault script strikes first; two of its faults let the create through and break the answer. */
function create(
  { books, region, nowMs }: OperationCall,
  { Name: name, Account: account }: SourceOfAccount,
): OperationResult {
  const before = books.entry(region, name);
  const { seed, ...script } = parseFaultScript(name);
  let entry = before;
  if (seed !== null && !entry.seeded)
    entry = { ...entry, seeded: true, source: seeded(seed, account, nowMs) };
  const strike = nextCreateFault(script, entry.used);
  if (strike !== undefined && strike.used !== entry.used) entry = { ...entry, used: strike.used };
  const isCalled = strike === undefined || appliesFirst(strike.fault);
  const source = isCalled ? created(asOf(entry.source, nowMs), account, nowMs) : undefined;
  if (source !== undefined) entry = { ...entry, source };
  if (entry !== before) books.put(entry);
  const applied = source !== undefined;
  if (strike !== undefined)
    return { answer: createFaultAnswer(strike.fault, script.retryAfterSeconds), applied };
  if (applied)
    return {
      answer: ok(script.withoutArn ? {} : { EventSourceArn: deriveSourceArn(region, name) }),
      applied,
    };
  const message = `Event source ${name} already exists.`;
  return { answer: awsError('ResourceAlreadyExistsException', { message }), applied };
}

function remove(
  { books, region, nowMs }: OperationCall,
  { Name: name, Account: account }: SourceOfAccount,
): OperationResult {
  const entry = books.entry(region, name);
  const source = deleted(asOf(entry.source, nowMs), account);
  if (source !== entry.source) books.put({ ...entry, source });
  return { answer: ok({}) };
}
