import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CodecError,
  CREATE_ERROR_CODES,
  errorFromJson,
  errorToJson,
  isProvisioningError,
  responseFromJson,
  responseToJson,
  type CreateError,
  type CreateResponse,
} from '../../../src/domain/codec.ts';
import { OUTCOME_KINDS } from '../../../src/domain/outcome-kind.ts';

/** What a database or an HTTP body does to a value. */
const throughText = (json: unknown): unknown => JSON.parse(JSON.stringify(json));

/** Any text: empty, emoji, combining marks, NUL, lone surrogates. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.array(fc.nat({ max: 0xffff })).map((units) => String.fromCharCode(...units)),
);
const anyCode = fc.oneof(
  fc.constantFrom(...CREATE_ERROR_CODES),
  fc.constantFrom('ThrottlingException', 'SomethingNobodyKnowsYet', '__proto__', 'constructor', '数据'),
  anyText.filter((code) => code !== ''),
);

const thrownBy = (read: () => unknown): CodecError => {
  try {
    read();
  } catch (error) {
    if (error instanceof CodecError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

describe('a create response', () => {
  test('with any ARN comes back unchanged', () => {
    fc.assert(
      fc.property(anyText, (eventSourceArn) => {
        expect(responseFromJson(throughText(responseToJson({ eventSourceArn })))).toEqual({
          eventSourceArn,
        });
      }),
    );
  });

  test('without an ARN comes back without one: no null and no undefined member', () => {
    const json = responseToJson({});
    expect(Object.keys(json)).toEqual([]);
    expect(Object.keys(responseFromJson(throughText(json)))).toEqual([]);
    const sloppy = { eventSourceArn: undefined } as unknown as CreateResponse;
    expect(Object.keys(responseToJson(sloppy))).toEqual([]);
  });

  test('whose ARN is null has none', () => {
    expect(Object.keys(responseFromJson({ eventSourceArn: null }))).toEqual([]);
  });

  test('may hold members that are not known yet; they are left out', () => {
    expect(responseFromJson({ eventSourceArn: 'arn', more: 1 })).toEqual({ eventSourceArn: 'arn' });
    expect(Object.keys(responseToJson({ eventSourceArn: 'arn', more: 1 } as CreateResponse))).toEqual([
      'eventSourceArn',
    ]);
  });

  test.each([
    ['null', null, 'response'],
    ['nothing', undefined, 'response'],
    ['text', 'arn', 'response'],
    ['a list', [], 'response'],
    ['a number for the ARN', { eventSourceArn: 1 }, 'response.eventSourceArn'],
    ['false for the ARN', { eventSourceArn: false }, 'response.eventSourceArn'],
  ])('is not %s', (_what, json, path) => {
    expect(thrownBy(() => responseFromJson(json)).path).toBe(path);
  });
});

describe('a create error', () => {
  const anyError: fc.Arbitrary<CreateError> = fc.record(
    {
      code: anyCode,
      message: anyText,
      kind: fc.constantFrom(...OUTCOME_KINDS),
      retryable: fc.boolean(),
      requestId: anyText,
      at: fc.date({ noInvalidDate: true }).map((at) => at.toISOString()),
    },
    { requiredKeys: ['code', 'message'] },
  );

  test('of any name and message comes back unchanged, members that it lacks still lacking', () => {
    fc.assert(
      fc.property(anyError, (error) => {
        const back = errorFromJson(throughText(errorToJson(error)));
        expect(back).toStrictEqual({ ...error });
      }),
    );
  });

  test.each([...CREATE_ERROR_CODES, 'NeverSeenException'])(
    '%s keeps its name and message, judged or not',
    (code) => {
      const bare: CreateError = { code, message: 'as AWS says it: „ü“ 🚧\n' };
      expect(errorFromJson(throughText(errorToJson(bare)))).toStrictEqual(bare);
      const judged = {
        ...bare,
        kind: 'transient',
        retryable: true,
        requestId: '6f1c',
        at: '2026-01-02T03:04:05.678Z',
      } as const;
      expect(errorFromJson(throughText(errorToJson(judged)))).toStrictEqual(judged);
    },
  );

  test('is written without members of other types', () => {
    const error = { code: 'X', message: '', stack: 'secret', requestId: undefined } as unknown as CreateError;
    expect(Object.keys(errorToJson(error)).sort()).toEqual(['code', 'message']);
  });

  test('reads null as absent, as SQL gives it', () => {
    expect(
      errorFromJson({ code: 'X', message: 'm', kind: null, retryable: null, requestId: null, at: null }),
    ).toStrictEqual({ code: 'X', message: 'm' });
  });

  test('keeps retryable false and an empty message, which are values', () => {
    expect(errorFromJson({ code: 'X', message: '', retryable: false })).toStrictEqual({
      code: 'X',
      message: '',
      retryable: false,
    });
  });

  test.each([
    ['null', null, 'error', 'error: expected an object'],
    ['a list', [], 'error', 'error: expected an object'],
    ['an object without a code', { message: 'm' }, 'error.code', 'error.code: expected a name'],
    ['an empty code', { code: '', message: 'm' }, 'error.code', 'error.code: expected a name'],
    ['a number as code', { code: 5, message: 'm' }, 'error.code', 'error.code: expected text'],
    ['an object without a message', { code: 'X' }, 'error.message', 'error.message: expected text'],
    ['a list as message', { code: 'X', message: [] }, 'error.message', 'error.message: expected text'],
    ['a number as request id', { code: 'X', message: '', requestId: 1 }, 'error.requestId', 'text'],
    ['a number as instant', { code: 'X', message: '', at: 1 }, 'error.at', 'text'],
    ['text as retryable', { code: 'X', message: '', retryable: 'true' }, 'error.retryable', 'true or false'],
    ['an invented kind', { code: 'X', message: '', kind: 'odd' }, 'error.kind', 'one of created, adopted'],
  ])('is not %s', (_what, json, path, says) => {
    const error = thrownBy(() => errorFromJson(json));
    expect(error.path).toBe(path);
    expect(error.message).toContain(says);
    expect(error.name).toBe('CodecError');
  });

  test('is read from any JSON as an error or refused with the member that is wrong', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        let back: CreateError | undefined;
        try {
          back = errorFromJson(json);
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
          expect((error as CodecError).path).toMatch(/^error(\.\w+)?$/);
        }
        if (back !== undefined) expect(errorFromJson(throughText(back))).toStrictEqual(back);
      }),
    );
  });
});

test('the five errors that AWS models for the create call are named as AWS names them', () => {
  expect(CREATE_ERROR_CODES).toEqual([
    'ConcurrentModificationException',
    'InternalException',
    'LimitExceededException',
    'OperationDisabledException',
    'ResourceAlreadyExistsException',
  ]);
});

test('an error is a judged one only with kind, retryable and instant', () => {
  const judged = {
    code: 'X',
    message: '',
    kind: 'quota',
    retryable: false,
    at: '2026-01-01T00:00:00Z',
  } as const;
  expect(isProvisioningError(judged)).toBe(true);
  for (const member of ['kind', 'retryable', 'at'] as const) {
    const rest: CreateError = Object.fromEntries(
      Object.entries(judged).filter(([name]) => name !== member),
    ) as never;
    expect(isProvisioningError(rest), member).toBe(false);
  }
});
