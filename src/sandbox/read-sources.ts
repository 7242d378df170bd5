import type { Region } from '../domain/region.ts';
import { deriveSourceArn, type SourceName } from '../domain/source-name.ts';
import { type Answer, awsError, ok } from './answer.ts';
import type { Books } from './books.ts';
import { nextReadFault, parseFaultScript, type ReadFault } from './fault-script.ts';
import { exists, type Source } from './source.ts';

const PAGE_SIZE = 100;

interface ReadTarget {
  readonly books: Books;
  readonly region: Region;
}

/** DescribePartnerEventSource: neither account nor state, as in AWS's model. */
export function describeSource({ books, region }: ReadTarget, name: SourceName): Answer {
  const failure = readFailure({ books, region }, name, 'describefail');
  if (failure !== undefined) return failure;
  if (!exists(books.source(region, name))) return notFound(name);
  return ok({ Arn: deriveSourceArn(region, name), Name: name });
}

/** ListPartnerEventSourceAccounts: one record at most, and the only place where DELETED shows. */
export function listAccounts(
  { books, region }: ReadTarget,
  query: { name: SourceName; token: string | undefined },
): Answer {
  const failure = readFailure({ books, region }, query.name, 'listfail');
  if (failure !== undefined) return failure;
  const source = books.source(region, query.name);
  if (source === null) return notFound(query.name);
  const page = query.token === undefined ? '0' : readPageToken(query.token);
  if (page === undefined || !/^[0-9]{1,6}$/.test(page)) return invalidToken();
  const { emptyPages } = parseFaultScript(query.name);
  if (Number(page) < emptyPages) {
    return ok({ PartnerEventSourceAccounts: [], NextToken: nextPageToken(String(Number(page) + 1)) });
  }
  return ok({ PartnerEventSourceAccounts: [accountRecord(source)] });
}

/** ListPartnerEventSources: by prefix, in text order; the token is the last name of the page before. */
export function listSources(
  { books, region }: ReadTarget,
  query: { prefix: string; limit: number | undefined; token: string | undefined },
): Answer {
  const after = query.token === undefined ? '' : readPageToken(query.token);
  if (after === undefined) return invalidToken();
  const limit = query.limit ?? PAGE_SIZE;
  const page: { Arn: string; Name: string }[] = [];
  const names = books.names(region);
  const first = firstAtOrAfter(names, after > query.prefix ? after : query.prefix);
  for (let index = first; index < names.length; index += 1) {
    const name = names[index] ?? '';
    if (!name.startsWith(query.prefix)) break;
    if (name === after || !exists(books.source(region, name))) continue;
    if (page.length === limit) {
      return ok({ PartnerEventSources: page, NextToken: nextPageToken(page.at(-1)?.Name ?? '') });
    }
    // Only names that passed the pattern get into the books.
    page.push({ Arn: deriveSourceArn(region, name as SourceName), Name: name });
  }
  return ok({ PartnerEventSources: page });
}

/** The index of the first name that is not before `bound`, by bisection. */
function firstAtOrAfter(names: readonly string[], bound: string): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((names[middle] ?? '') < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** awsJson sends instants as seconds since 1970. */
function accountRecord(source: Source): Record<string, unknown> {
  return {
    Account: source.account,
    CreationTime: source.createdAtMs / 1000,
    ...(source.expiresAtMs === null ? {} : { ExpirationTime: source.expiresAtMs / 1000 }),
    State: source.state,
  };
}

function readFailure({ books, region }: ReadTarget, name: SourceName, read: ReadFault): Answer | undefined {
  const entry = books.entry(region, name);
  const used = nextReadFault(parseFaultScript(name), entry.used, read);
  if (used === undefined) return undefined;
  books.put({ ...entry, used });
  return awsError('InternalException');
}

const notFound = (name: string): Answer =>
  awsError('ResourceNotFoundException', { message: `Event source ${name} does not exist.` });

const invalidToken = (): Answer =>
  awsError('InvalidToken', { message: 'The pagination token is invalid or has expired.' });

const TOKEN_MARK = 'page:';

/** Makes an opaque page token of a position. */
const nextPageToken = (position: string): string => Buffer.from(TOKEN_MARK + position).toString('base64url');

/** The position in a token; undefined for a token that the sandbox did not make. */
function readPageToken(token: string): string | undefined {
  const text = Buffer.from(token, 'base64url').toString();
  return text.startsWith(TOKEN_MARK) ? text.slice(TOKEN_MARK.length) : undefined;
}
