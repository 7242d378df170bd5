import fc from 'fast-check';
import type { Operation, Schema } from './document.ts';
import { bodyFor } from './bodies.ts';
import { HOSTILE_METHODS, HOSTILE_TARGETS, hostileText } from './hostile.ts';
import { valueFor, type Hints } from './values.ts';

/** A request as it goes over the wire. */
export interface FuzzRequest {
  /** Undefined: no documented call, whatever it looks like. */
  readonly operation: Operation | undefined;
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer | undefined;
  readonly chunked: boolean;
}

/** Requests to documented calls, valid and spoilt, and some to anything else. */
export function requestArbitrary(
  operations: readonly Operation[],
  { hints, tokens }: { hints: Hints; tokens: readonly (string | undefined)[] },
): fc.Arbitrary<FuzzRequest> {
  const token = fc.oneof(
    { weight: 12, arbitrary: fc.constant(tokens[0]) },
    { weight: 3, arbitrary: fc.constantFrom(...tokens) },
    { weight: 1, arbitrary: fc.stringMatching(/^[!-~]{0,40}$/) },
  );
  // What writes is asked for more often: there is more that can break.
  const often = operations.flatMap((one) => (one.method === 'POST' ? [one, one, one] : [one]));
  const documented = fc.constantFrom(...often).chain((operation) =>
    fc
      .record({
        token,
        target: targetFor(operation, hints),
        body: operation.body === undefined ? fc.constant(undefined) : bodyFor(operation, hints),
        extra: extraHeaders,
        chunked: fc.boolean(),
      })
      .map(({ token: given, target, body, extra, chunked }): FuzzRequest => ({
        operation,
        method: operation.method,
        target,
        headers: [
          ...authorization(given),
          ...(body === undefined ? [] : [['content-type', body.type] as const]),
          ...extra,
        ],
        body: body?.bytes,
        chunked,
      })),
  );
  const strange = fc
    .record({
      token,
      method: fc.oneof(fc.constantFrom('GET', 'POST'), fc.constantFrom(...HOSTILE_METHODS)),
      target: fc.oneof(
        fc.constantFrom(...HOSTILE_TARGETS),
        fc.constantFrom(...operations.map(({ path }) => path)),
      ),
      extra: extraHeaders,
    })
    .map(({ token: given, method, target, extra }): FuzzRequest => ({
      operation: undefined,
      method,
      target,
      headers: [...authorization(given), ...extra],
      body: undefined,
      chunked: false,
    }));
  return fc.oneof({ weight: 5, arbitrary: documented }, { weight: 1, arbitrary: strange });
}

const authorization = (token: string | undefined): FuzzRequest['headers'] =>
  token === undefined ? [] : [['authorization', `Bearer ${token}`]];

const EXTRA: readonly (readonly [string, string])[] = [
  ['accept', 'text/html'],
  ['accept', 'x'.repeat(3_000)],
  ['accept-encoding', 'gzip, br'],
  ['accept-version', '2.x'],
  ['authorization', 'Bearer somebody-else-0123456789'],
  ['connection', 'upgrade'],
  ['content-encoding', 'gzip'],
  ['content-type', 'text/plain'],
  ['cookie', 'a=b; __proto__=c'],
  ['expect', '100-continue'],
  ['idempotency-key', '\u00e9\u00ff'],
  ['idempotency-key', 'fuzz-1'],
  ['idempotency-key', 'fuzz-2'],
  ['if-none-match', '*'],
  ['origin', 'https://elsewhere.example'],
  ['range', 'bytes=0-1'],
  ['x-forwarded-for', '10.0.0.1, unknown'],
  ['x-http-method-override', 'DELETE'],
];

const extraHeaders = fc.oneof(
  { weight: 6, arbitrary: fc.constant<FuzzRequest['headers']>([]) },
  { weight: 2, arbitrary: fc.array(fc.constantFrom(...EXTRA), { maxLength: 4 }) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(90, 110)
      .map((count) => Array<readonly [string, string]>(count).fill(['x', 'y'])),
  },
);

function targetFor(operation: Operation, hints: Hints): fc.Arbitrary<string> {
  const id = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...(hints['id'] ?? [])) },
    { weight: 1, arbitrary: hostileText.filter((text) => text !== '') },
  );
  const known = Object.keys(operation.query);
  const pair = fc.oneof(
    {
      weight: known.length === 0 ? 0 : 8,
      arbitrary: fc
        .constantFrom(...known, '')
        .chain((name) => fc.tuple(fc.constant(name), queryValue(name, operation.query[name], hints))),
    },
    { weight: 1, arbitrary: fc.tuple(hostileText, hostileText) },
  );
  const tail = fc.oneof(
    { weight: 12, arbitrary: fc.constant('') },
    {
      weight: 1,
      arbitrary: fc.constantFrom('&', '&%', '&x=%zz', '&=', '?', '&a[b]=c&a[]=d', '&limit=1&limit=2'),
    },
  );
  return fc
    .record({ id, pairs: fc.array(pair, { maxLength: 4 }), tail })
    .map(({ id: given, pairs, tail: end }) => {
      const query = pairs.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join('&') + end;
      return `${operation.path.replace(/\{(\w+)\}/g, (_all, name: string) => encoded(placed(name, given, hints)))}${query === '' ? '' : `?${query}`}`;
    });
}

/** A hostile text goes anywhere; where a known id does not belong, the place's own hint does. */
const placed = (name: string, given: string, hints: Hints): string =>
  name !== 'id' && hints['id']?.includes(given) === true ? (hints[name]?.[0] ?? given) : given;

/** Percent-encoding that takes every text: what is half of a pair becomes U+FFFD. */
const encoded = (text: string): string => encodeURIComponent(text.toWellFormed());

/** A wait is kept short, or the run would spend its time there; any other number is fair. */
function queryValue(name: string, schema: Schema | undefined, hints: Hints): fc.Arbitrary<string> {
  const valid = schema === undefined ? hostileText : valueFor(schema, name, hints).map(String);
  if (name === 'wait') return valid;
  return fc.oneof({ weight: 3, arbitrary: valid }, { weight: 1, arbitrary: hostileText });
}

/** The bytes of a request, after which the connection is to be closed. */
export function bytesOf({ method, target, headers, body, chunked }: FuzzRequest): Buffer {
  const framing =
    body === undefined
      ? []
      : chunked
        ? [['transfer-encoding', 'chunked'] as const]
        : [['content-length', String(body.length)] as const];
  const all = [['host', 'fuzz.example'] as const, ['connection', 'close'] as const, ...framing, ...headers];
  const head = `${method} ${target} HTTP/1.1\r\n${all.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  const parts: Uint8Array[] = [Buffer.from(head, 'latin1')];
  if (body !== undefined && !chunked) parts.push(body);
  if (body !== undefined && chunked) {
    if (body.length > 0)
      parts.push(Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n'));
    parts.push(Buffer.from('0\r\n\r\n'));
  }
  return Buffer.concat(parts);
}
