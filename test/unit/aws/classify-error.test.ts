import * as sdk from '@aws-sdk/client-eventbridge';
import { describe, expect, test } from 'vitest';
import { errors as undici } from 'undici';
import { classifyError } from '../../../src/aws/classify-error.ts';
import { CREATE_ERROR_CODES } from '../../../src/domain/codec.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const judge = (error: unknown) => classifyError(error, NOW);

/** As the SDK throws what a service answered. */
function serviceError(
  name: string,
  {
    status = 400,
    message = 'AWS says no.',
    headers = {},
  }: {
    status?: number;
    message?: string;
    headers?: Record<string, string>;
  } = {},
): Error {
  const error = new sdk.EventBridgeServiceException({
    name,
    $fault: status < 500 ? 'client' : 'server',
    message,
    $metadata: { httpStatusCode: status, requestId: 'req-1' },
  });
  Object.defineProperty(error, '$response', { value: { statusCode: status, headers }, enumerable: false });
  return error;
}

/** As the SDK throws a body that it cannot read. */
function unreadableError(status: number): Error {
  const error = new SyntaxError(
    `Unexpected token '<', "<html><bod"... is not valid JSON\n  Deserialization error: to see the raw response, inspect the hidden field {error}.$response on this object.`,
  );
  return Object.assign(error, { $metadata: { httpStatusCode: status, requestId: 'req-1' } });
}

const systemError = (
  code: string,
  { name = 'Error', message = `connect ${code} 10.0.0.1:443` } = {},
): Error =>
  Object.assign(new Error(message), {
    name,
    code,
    errno: -1,
    syscall: 'connect',
    $metadata: { attempts: 1 },
  });

const namedError = (name: string, message = 'said the SDK'): Error =>
  Object.assign(new Error(message), { name });

const kindOf = (error: unknown): string => {
  const judged = judge(error);
  return judged.kind === 'fault' ? judged.fault.kind : judged.kind;
};

const codeOf = (error: unknown): string | undefined => {
  const judged = judge(error);
  if (judged.kind === 'bug') return undefined;
  return judged.kind === 'fault' ? judged.fault.code : judged.code;
};

const messageOf = (error: unknown): string => {
  const judged = judge(error);
  if (judged.kind === 'bug') return '';
  return judged.kind === 'fault' ? judged.fault.message : judged.message;
};

describe('names that AWS models for the partner operations', () => {
  const modelled = {
    ConcurrentModificationException: 'transient',
    InternalException: 'transient',
    LimitExceededException: 'quota',
    OperationDisabledException: 'regionOff',
    ResourceAlreadyExistsException: 'alreadyExists',
    ResourceNotFoundException: 'notFound',
  } as const;

  test.each(Object.entries(modelled))('%s is %s', (name, kind) => {
    const Modelled = sdk[name as keyof typeof modelled];
    const error = new Modelled({ message: 'm', $metadata: { httpStatusCode: 400, requestId: 'req-1' } });
    expect(kindOf(error)).toBe(kind);
    expect(codeOf(error)).toBe(name);
    expect(judge(error)).not.toMatchObject({ known: false });
  });

  test('every error that the codec knows is in the table above', () => {
    expect(CREATE_ERROR_CODES.filter((code) => !Object.hasOwn(modelled, code))).toEqual([]);
  });

  test('the name decides whatever the status', () => {
    for (const status of [400, 402, 403, 404, 409, 429, 500, 503]) {
      for (const [name, kind] of Object.entries(modelled)) {
        expect(kindOf(serviceError(name, { status })), `${name} ${status}`).toBe(kind);
      }
    }
  });

  test('the errors of EventBridge’s other operations are unknown here, and transient', () => {
    const others = Object.entries(sdk)
      .filter(([name, value]) => name.endsWith('Exception') && typeof value === 'function')
      .map(([name]) => name)
      .filter((name) => !Object.hasOwn(modelled, name) && name !== 'EventBridgeServiceException');
    const expected: Record<string, string> = {
      AccessDeniedException: 'operatorFault',
      ThrottlingException: 'throttled',
    };
    expect(others.length).toBeGreaterThan(3);
    for (const name of others) expect(kindOf(serviceError(name)), name).toBe(expected[name] ?? 'transient');
  });
});

describe('names that AWS may send on any call', () => {
  // @smithy/core, retry/service-error-classification/constants.js, without LimitExceededException.
  const sdkThrottling = [
    'BandwidthLimitExceeded',
    'EC2ThrottledException',
    'PriorRequestNotComplete',
    'ProvisionedThroughputExceededException',
    'RequestLimitExceeded',
    'RequestThrottled',
    'RequestThrottledException',
    'SlowDown',
    'ThrottledException',
    'Throttling',
    'ThrottlingException',
    'TooManyRequestsException',
    'TransactionInProgressException',
  ];

  test.each([...sdkThrottling, 'ThrottlingError', 'RequestThrottling', 'ApiThrottledNowException'])(
    '%s is throttled',
    (name) => {
      expect(kindOf(serviceError(name))).toBe('throttled');
      expect(codeOf(serviceError(name))).toBe(name);
    },
  );

  test.each([
    'AccessDenied',
    'AccessDeniedException',
    'ExpiredToken',
    'ExpiredTokenException',
    'IncompleteSignature',
    'IncompleteSignatureException',
    'InvalidClientTokenId',
    'InvalidSignatureException',
    'MissingAuthenticationToken',
    'MissingAuthenticationTokenException',
    'NotAuthorized',
    'OptInRequired',
    'RequestExpired',
    'SignatureDoesNotMatch',
    'UnrecognizedClientException',
  ])('%s is an operator fault', (name) => {
    for (const status of [400, 403]) expect(kindOf(serviceError(name, { status }))).toBe('operatorFault');
    expect(codeOf(serviceError(name))).toBe(name);
  });

  test.each([
    'ValidationException',
    'ValidationError',
    'SerializationException',
    'InvalidParameterValue',
    'InvalidParameterCombination',
    'InvalidParameterException',
    'MissingParameter',
  ])('%s is rejected', (name) => {
    expect(kindOf(serviceError(name))).toBe('rejected');
  });

  test.each([
    ['InternalFailure', 500],
    ['InternalError', 500],
    ['InternalServerError', 500],
    ['InternalServiceException', 500],
    ['ServiceUnavailable', 503],
    ['ServiceUnavailableException', 503],
    ['RequestTimeout', 408],
    ['RequestTimeoutException', 400],
    ['InvalidToken', 400],
  ])('%s is transient and known', (name, status) => {
    expect(judge(serviceError(name, { status }))).toMatchObject({
      kind: 'fault',
      known: true,
      fault: { kind: 'transient', code: name },
    });
  });

  test('ServiceQuotaExceededException is a quota', () => {
    expect(kindOf(serviceError('ServiceQuotaExceededException', { status: 402 }))).toBe('quota');
  });

  test('UnknownOperationException is the Region being off only when it says so', () => {
    const off = serviceError('UnknownOperationException', {
      message: 'Operation is disabled in this region',
    });
    expect(kindOf(off)).toBe('regionOff');
    expect(codeOf(off)).toBe('UnknownOperationException');
    expect(judge(serviceError('UnknownOperationException', { status: 404 }))).toMatchObject({
      kind: 'fault',
      known: false,
      fault: { kind: 'transient', code: 'UnknownOperationException' },
    });
  });
});

describe('names that nobody has told us about', () => {
  test.each(['FrobnicationException', 'PartnerSuspended', 'x', 'Ünïcode/Name#1', 'constructor', 'toString'])(
    '%s is kept with its message, is transient, and is told apart',
    (name) => {
      expect(judge(serviceError(name, { message: 'Never seen.' }))).toEqual({
        kind: 'fault',
        known: false,
        fault: { kind: 'transient', code: name, message: 'Never seen.', requestId: 'req-1' },
      });
    },
  );

  test('an unknown name with HTTP 429 is throttled', () => {
    expect(kindOf(serviceError('FrobnicationException', { status: 429 }))).toBe('throttled');
  });

  test('a name as long as a book is cut, and one with control characters is cleaned', () => {
    expect(codeOf(serviceError('N'.repeat(5_000)))).toHaveLength(200);
    expect(codeOf(serviceError('Bad\u0000Name'))).toBe('Bad Name');
  });
});

describe('no answer of AWS', () => {
  test.each(['CredentialsProviderError', 'TokenProviderError', 'ProviderError'])(
    '%s means that no credentials are available',
    (name) => {
      const error = namedError(name, 'Could not load credentials from any providers');
      expect(judge(error)).toEqual({
        kind: 'fault',
        known: true,
        fault: {
          kind: 'operatorFault',
          code: 'CredentialsUnavailable',
          message: 'No usable AWS credentials: Could not load credentials from any providers',
        },
      });
    },
  );

  test('a failed credential_process is told without its command line', () => {
    const error = namedError('CredentialsProviderError', 'Command failed: vault read --token=s.hunter2');
    expect(messageOf(error)).toBe('No usable AWS credentials: credential_process failed');
  });

  test.each([
    ['ENOENT', 'open'],
    ['EACCES', 'open'],
    ['EPERM', 'open'],
    ['EISDIR', 'read'],
    ['ENOTDIR', 'open'],
    ['ELOOP', 'open'],
  ])('%s of a file is about the credentials and not about the connection', (code, syscall) => {
    const message = `${code}: it cannot be read, ${syscall} '/var/run/secrets/token'`;
    const error = Object.assign(new Error(message), { code, errno: -2, syscall });
    expect(kindOf(error)).toBe('operatorFault');
    expect(codeOf(error)).toBe('CredentialsUnavailable');
    expect(messageOf(error)).toContain('/var/run/secrets/token');
  });

  test('a unix socket that is not there is a failed connection', () => {
    expect(codeOf(systemError('ENOENT'))).toBe('ConnectionFailed');
  });

  test.each([
    'ECONNRESET',
    'ECONNREFUSED',
    'EPIPE',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'EPROTO',
    'EMFILE',
  ])('%s is a failed connection', (code) => {
    for (const name of ['Error', 'TimeoutError']) {
      const error = systemError(code, { name });
      expect(kindOf(error)).toBe('transient');
      expect(codeOf(error)).toBe('ConnectionFailed');
      expect(messageOf(error)).toContain(code);
    }
  });

  test.each([
    'CERT_HAS_EXPIRED',
    'CRL_HAS_EXPIRED',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'ERROR_IN_CERT_NOT_AFTER_FIELD',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'HOSTNAME_MISMATCH',
    'INVALID_CA',
    'INVALID_PURPOSE',
    'PATH_LENGTH_EXCEEDED',
  ])('%s is a failed connection although the system has no number for it', (code) => {
    expect(codeOf(Object.assign(new Error('certificate'), { code }))).toBe('ConnectionFailed');
  });

  test('a failed connection without a text still says which failure it was', () => {
    const error = Object.assign(new AggregateError([], ''), { code: 'ECONNREFUSED' });
    expect(messageOf(error)).toBe('The connection to AWS failed: ECONNREFUSED');
  });

  test('a socket that hangs up is a failed connection, whatever status had arrived', () => {
    const hungUp = Object.assign(new Error('socket hang up'), { name: 'TimeoutError', code: 'ECONNRESET' });
    expect(codeOf(hungUp)).toBe('ConnectionFailed');
    const inBody = Object.assign(new Error('aborted'), {
      code: 'ECONNRESET',
      $metadata: { httpStatusCode: 200 },
    });
    expect(codeOf(inBody)).toBe('ConnectionFailed');
  });

  test.each([
    ['ETIMEDOUT', systemError('ETIMEDOUT', { name: 'TimeoutError' })],
    ['a TimeoutError without a code', namedError('TimeoutError')],
    ['an AbortError of the credentials chain', namedError('AbortError')],
  ])('%s is a timeout', (_, error) => {
    expect(kindOf(error)).toBe('transient');
    expect(codeOf(error)).toBe('Timeout');
  });

  test('bytes that are no HTTP are an unreadable response', () => {
    const error = Object.assign(new Error('Parse Error: Expected HTTP/'), { code: 'HPE_INVALID_CONSTANT' });
    expect(kindOf(error)).toBe('transient');
    expect(codeOf(error)).toBe('UnreadableResponse');
  });

  test.each([
    [new undici.SocketError('other side closed'), 'ConnectionFailed'],
    [new undici.ConnectTimeoutError(), 'Timeout'],
    [new undici.HeadersTimeoutError(), 'Timeout'],
    [new undici.BodyTimeoutError(), 'Timeout'],
    [new undici.HTTPParserError('no HTTP'), 'UnreadableResponse'],
    [new undici.HeadersOverflowError(), 'UnreadableResponse'],
    [new undici.ResponseContentLengthMismatchError(), 'UnreadableResponse'],
  ])('%s of undici is a transient %s', (error, code) => {
    expect(kindOf(error)).toBe('transient');
    expect(codeOf(error)).toBe(code);
  });

  test.each([
    new undici.InvalidArgumentError('invalid path'),
    new undici.RequestContentLengthMismatchError(),
  ])('%s of undici is a bug of ours', (error) => {
    expect(kindOf(error)).toBe('bug');
  });
});

describe('answers without a name', () => {
  test.each([
    [200, 'transient'],
    [301, 'transient'],
    [400, 'transient'],
    [401, 'operatorFault'],
    [403, 'operatorFault'],
    [404, 'transient'],
    [407, 'operatorFault'],
    [408, 'transient'],
    [429, 'throttled'],
    [500, 'transient'],
    [502, 'transient'],
    [503, 'transient'],
    [504, 'transient'],
  ])('a body with HTTP %i that cannot be read is %s', (status, kind) => {
    for (const error of [
      unreadableError(status),
      serviceError('Unknown', { status, message: 'UnknownError' }),
    ]) {
      expect(kindOf(error)).toBe(kind);
      expect(codeOf(error)).toBe('UnreadableResponse');
      expect(messageOf(error)).toBe(
        `AWS responded HTTP ${status} with an unusable body that names no error.`,
      );
    }
  });

  test('a TypeError out of the SDK’s reading of an answer is an unreadable response too', () => {
    const error = Object.assign(new TypeError('Expected real number, got implicit NaN'), {
      $metadata: { httpStatusCode: 200 },
    });
    expect(codeOf(error)).toBe('UnreadableResponse');
  });

  test('a text that came without a name is kept', () => {
    expect(messageOf(serviceError('Unknown', { message: 'try later' }))).toMatch(/: try later$/);
  });
});

describe('bugs', () => {
  test.each([
    ['a TypeError of our own', new TypeError('x is not a function')],
    ['a RangeError', new RangeError('Invalid array length')],
    ['a SyntaxError without an answer', new SyntaxError('Unexpected token')],
    ['an invalid endpoint', Object.assign(new TypeError('Invalid URL'), { code: 'ERR_INVALID_URL' })],
    ['a missing Region', new Error('Region is missing')],
    ['a plain error', Object.assign(new Error('boom'), { $metadata: { attempts: 1 } })],
    ['an unknown class of error', namedError('LedgerUnavailableError')],
    ['a text', 'boom'],
    ['nothing', undefined],
    ['an object', { name: 'ThrottlingException' }],
  ])('%s is not taken for something that AWS said', (_, error) => {
    expect(judge(error)).toEqual({ kind: 'bug' });
  });
});

describe('what is kept of an answer', () => {
  test('the request id and the wish to wait', () => {
    const error = serviceError('ThrottlingException', { headers: { 'retry-after': '3' } });
    expect(judge(error)).toEqual({
      kind: 'fault',
      known: true,
      fault: {
        kind: 'throttled',
        code: 'ThrottlingException',
        message: 'AWS says no.',
        requestId: 'req-1',
        retryAfterMs: 3_000,
      },
    });
  });

  test('an error without a text says that there was none', () => {
    const error = serviceError('InternalException', { status: 500, message: 'UnknownError' });
    expect(messageOf(error)).toBe('AWS responded HTTP 500 without a message.');
  });

  test('a text that is a number', () => {
    expect(messageOf(serviceError('Foo', { message: 5 as unknown as string }))).toBe('5');
  });

  test('a long text is cut to 500 characters', () => {
    expect(messageOf(serviceError('Foo', { message: 'm'.repeat(1_000_000) }))).toHaveLength(500);
  });

  test('a text on one line, without control characters or halves of characters', () => {
    const message = messageOf(serviceError('Foo', { message: 'a\u0000b\r\n\tc\u2028d\ud800e \u001b[31m' }));
    expect(message).toBe('a b c d\ufffde [31m');
  });

  test('no markup', () => {
    expect(messageOf(serviceError('Foo', { message: 'Bad gateway <!DOCTYPE html><html>…' }))).toBe(
      'Bad gateway',
    );
  });

  test('nothing of a signed request', () => {
    const canonical = serviceError('InvalidSignatureException', {
      status: 403,
      message:
        "The request signature we calculated does not match the signature you provided. Check your key.\n\nThe Canonical String for this request should have been\n'POST\n/\n\nx-amz-security-token:IQoJb3JpZ2luX2VjE\n'",
    });
    expect(messageOf(canonical)).toBe(
      'The request signature we calculated does not match the signature you provided. Check your key.',
    );
    const header = serviceError('IncompleteSignature', {
      message:
        "'Zm9v' not a valid key=value pair (missing equal-sign) in Authorization header: 'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/2026'",
    });
    expect(messageOf(header)).not.toMatch(/AKIA|AWS4|Zm9v\/2026/);
    const inline = serviceError('Foo', {
      message: 'Key AKIAIOSFODNN7EXAMPLE with Signature=deadbeef and x-amz-security-token: IQoJb3 is off',
    });
    expect(messageOf(inline)).toBe('Key AKIA… with Signature=… and x-amz-security-token=… is off');
  });
});
