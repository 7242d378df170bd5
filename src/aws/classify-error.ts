/**
 * What an error thrown by the AWS SDK means: by AWS's name first, then the system's code, then the HTTP status. The SDK's own
 * classifier takes LimitExceededException for throttling and an HTML body for a SyntaxError. Anything that is not a response, a
 * broken connection or missing credentials is a bug or a misconfiguration, and is never retried.
 */
import type { Fault, FaultKind } from '../domain/outcome.ts';
import { kindOfName, type NameKind } from './error-names.ts';
import { safeCode, safeMessage } from './error-text.ts';
import { retryAfterMs } from '../domain/retry-after.ts';
import { readRequestId } from './read-answer.ts';

/** `known: false` marks a name that no table lists: it is retried, and logged as unknown. */
export type Judgement =
  | { readonly kind: 'fault'; readonly fault: Fault; readonly known: boolean }
  | {
      readonly kind: 'alreadyExists' | 'notFound';
      readonly code: string;
      readonly message: string;
      readonly requestId?: string;
    }
  | { readonly kind: 'bug' };

/** What the SDK puts on the errors that it throws (measured with @aws-sdk/client-eventbridge 3.1169). */
interface Seen {
  readonly name: string;
  readonly code: string | undefined;
  readonly message: string;
  readonly status: number | undefined;
  readonly hasErrno: boolean;
  /** A file could not be read: credentials, a web identity token, a configuration. Nothing else is a file here. */
  readonly isOfFile: boolean;
  /** True for an error that a service described itself, by name or at least by its form. */
  readonly isService: boolean;
  readonly rest: { readonly requestId?: string; readonly retryAfterMs?: number };
}

/** @param now milliseconds since 1970, to which a Retry-After date is compared */
export function classifyError(error: unknown, now: number): Judgement {
  if (!(error instanceof Error)) return { kind: 'bug' };
  const seen = look(error, now);
  return byCredentials(seen) ?? byName(seen) ?? bySystemCode(seen) ?? byStatus(seen) ?? byLastSigns(seen);
}

/** The credentials chain gave nothing: no call was made, so AWS gave no name. */
function byCredentials(seen: Seen): Judgement | undefined {
  if (!seen.isOfFile && !/^(Credentials|Token)?ProviderError$/.test(seen.name)) return undefined;
  // A credential_process that fails is quoted with its whole command line, which may hold a secret.
  const detail = seen.message.startsWith('Command failed') ? 'credential_process failed' : seen.message;
  return fault(seen, 'operatorFault', {
    code: 'CredentialsUnavailable',
    message: sentence('No usable AWS credentials', detail),
  });
}

function byName(seen: Seen): Judgement | undefined {
  if (UNNAMED.has(seen.name)) return undefined;
  const code = safeCode(seen.name);
  const message = seen.message === '' ? `${answered(seen)} without a message.` : seen.message;
  const kind = kindOfSeen(seen);
  switch (kind) {
    case undefined:
      if (!seen.isService) return undefined;
      // The status is all that is left to tell throttling by; every other unknown name is worth another try.
      return seen.status === 429
        ? fault(seen, 'throttled', { code, message })
        : unknown(seen, { code, message });
    case 'alreadyExists':
    case 'notFound': {
      const { requestId } = seen.rest;
      return { kind, code, message, ...(requestId === undefined ? {} : { requestId }) };
    }
    default:
      return fault(seen, kind, { code, message });
  }
}

function kindOfSeen(seen: Seen): NameKind | undefined {
  // Seen in GovCloud where the modelled OperationDisabledException was due (terraform-provider-aws, PR 19072).
  // Without that text it means that the endpoint does not know the call: nothing we have a rule for.
  if (/^UnknownOperation(Exception)?$/.test(seen.name)) {
    return /disabled in (this|the) region/i.test(seen.message) ? 'regionOff' : undefined;
  }
  return kindOfName(seen.name);
}

/** The SDK renames resets to TimeoutError, so the code is asked before that name is. */
function bySystemCode(seen: Seen): Judgement | undefined {
  const { code = '' } = seen;
  if (TIMEOUT_CODES.test(code)) return timedOut(seen, code);
  // undici's parser gives its errors a name, and not always a code.
  if (seen.name === 'HTTPParserError' || UNREADABLE_CODES.test(code)) {
    return fault(seen, 'transient', {
      code: 'UnreadableResponse',
      message: sentence('The response is not HTTP', seen.message),
    });
  }
  if (!seen.hasErrno && !CONNECTION_CODES.test(code)) return undefined;
  return fault(seen, 'transient', {
    code: 'ConnectionFailed',
    message: sentence('The connection to AWS failed', seen.message === '' ? code : seen.message),
  });
}

/** An answer without a name: an HTML page of something in between, a body cut short, an empty one. */
function byStatus(seen: Seen): Judgement | undefined {
  if (seen.status === undefined && !seen.isService) return undefined;
  const message = `${answered(seen)} with an unusable body that names no error`;
  return fault(seen, kindOfStatus(seen.status), {
    code: 'UnreadableResponse',
    message: sentence(message, seen.isService ? seen.message : ''),
  });
}

function kindOfStatus(status: number | undefined): FaultKind {
  switch (status) {
    // EventBridge itself always answers in JSON, so this is a proxy or firewall that refuses us: every call
    // will meet it until an operator changes something, and no onboarding should be failed for it.
    case 401:
    case 403:
    case 407:
      return 'operatorFault';
    case 429:
      return 'throttled';
    default:
      return 'transient';
  }
}

function byLastSigns(seen: Seen): Judgement {
  return seen.name === 'TimeoutError' || seen.name === 'AbortError' ? timedOut(seen, '') : { kind: 'bug' };
}

const timedOut = (seen: Seen, detail: string): Judgement =>
  fault(seen, 'transient', { code: 'Timeout', message: sentence('The call to AWS timed out', detail) });

/** Names of the language, of the SDK and of nothing at all: none of them is AWS's. */
const UNNAMED: ReadonlySet<string> = new Set([
  '',
  'AbortError',
  'AggregateError',
  'Error',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'TimeoutError',
  'TypeError',
  // The SDK's own, for an error answer that holds no name.
  'Unknown',
  'UnknownError',
]);

const TIMEOUT_CODES = /^(E(SOCKET)?TIMEDOUT|UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT)$/;

const UNREADABLE_CODES = /^(HPE_|UND_ERR_(HEADERS_OVERFLOW|RES_CONTENT_LENGTH_MISMATCH)$)/;

/** Failures that Node and undici report without an errno. TLS codes have no common beginning. */
const CONNECTION_CODES =
  /^(ECONN|EPIPE|EPROTO|ENOTFOUND|EAI_|EHOST|ENET|ERR_(SSL|TLS|SOCKET|STREAM)_|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|INVALID_(CA|PURPOSE)$|HOSTNAME_MISMATCH$|PATH_LENGTH_EXCEEDED$|CRL_|ERROR_IN_C|UND_ERR_(SOCKET|CLOSED|DESTROYED)$)/;

const FILE_CODES: ReadonlySet<unknown> = new Set(['ENOENT', 'EACCES', 'EPERM', 'EISDIR', 'ENOTDIR', 'ELOOP']);
const FILE_CALLS: ReadonlySet<unknown> = new Set(['open', 'read', 'stat', 'lstat', 'access', 'scandir']);

function look(error: Error, now: number): Seen {
  const { name, code, $fault, $metadata, $response, errno, syscall } = error as Error &
    Record<string, unknown>;
  const metadata = isObject($metadata) ? $metadata : {};
  const headers = isObject($response) && isObject($response['headers']) ? $response['headers'] : {};
  const { httpStatusCode: status, requestId } = metadata;
  const wish = retryAfterMs(headers, now);
  const message = safeMessage(error.message);
  return {
    // A body decides the name, and may hold a number there.
    name: `${name as unknown as string | number}`,
    code: typeof code === 'string' ? code : undefined,
    message: message === 'UnknownError' ? '' : message,
    status: typeof status === 'number' ? status : undefined,
    hasErrno: typeof errno === 'number',
    isOfFile: FILE_CODES.has(code) && FILE_CALLS.has(syscall),
    isService: $fault !== undefined,
    rest: {
      ...readRequestId(requestId),
      ...(wish === undefined ? {} : { retryAfterMs: wish }),
    },
  };
}

function fault(seen: Seen, kind: FaultKind, text: { code: string; message: string }): Judgement {
  return { kind: 'fault', known: true, fault: { kind, ...text, ...seen.rest } };
}

function unknown(seen: Seen, text: { code: string; message: string }): Judgement {
  return { kind: 'fault', known: false, fault: { kind: 'transient', ...text, ...seen.rest } };
}

const answered = (seen: Seen): string =>
  seen.status === undefined ? 'AWS responded' : `AWS responded HTTP ${seen.status}`;

const sentence = (what: string, detail: string): string =>
  detail === '' ? `${what}.` : `${what}: ${detail}`;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
