import fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import type { Operation, Schema } from './document.ts';
import { HOSTILE_TYPES, hostileText, hostileValue } from './hostile.ts';
import { valueFor, type Hints } from './values.ts';

interface Body {
  readonly type: string;
  readonly bytes: Buffer;
}

/** What a caller sends to an operation that takes a body: mostly right, else of another type or with spoilt bytes. */
export function bodyFor(operation: Operation, hints: Hints): fc.Arbitrary<Body> {
  const bodies = Object.entries(operation.body ?? {}).map(([type, { schema }]) =>
    textFor(type, schema, hints).map((text) => ({ type, bytes: Buffer.from(text) })),
  );
  const right = fc.oneof(...bodies);
  const wrongType = fc
    .tuple(right, fc.constantFrom(...HOSTILE_TYPES))
    .map(([body, type]) => ({ ...body, type }));
  const broken = fc
    .tuple(right, spoil)
    .map(([body, change]) => ({ ...body, bytes: Buffer.from(change(body.bytes)) }));
  return fc.oneof(
    { weight: 8, arbitrary: right },
    { weight: 1, arbitrary: wrongType },
    { weight: 2, arbitrary: broken },
  );
}

const spoil = fc.constantFrom<((bytes: Buffer) => Uint8Array)[]>(
  () => Buffer.alloc(0),
  (bytes) => bytes.subarray(0, bytes.length >> 1),
  (bytes) => Buffer.concat([bytes, Buffer.from('}')]),
  (bytes) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]),
  (bytes) => Buffer.concat([bytes, Buffer.from([0xed, 0xa0, 0x80, 0xff, 0xc0])]),
  (bytes) => Buffer.from(bytes.toString('latin1'), 'utf16le'),
  (bytes) => gzipSync(bytes),
  () => Buffer.from('['.repeat(200_000)),
  () => Buffer.from('{"a":1,"a":2,"__proto__":{"role":"admin"}}'),
  () => Buffer.alloc(1_100_000, ' '),
);

function textFor(type: string, schema: Schema, hints: Hints): fc.Arbitrary<string> {
  if (type === 'application/json')
    return spoiltObject(valueFor(schema, '', hints)).map((value) => JSON.stringify(value));
  const request = spoiltObject(valueFor(ROW, '', hints));
  if (type === 'application/x-ndjson')
    return fc
      .array(request, { maxLength: 5 })
      .map((rows) => rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const cell = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...Object.values(hints).flat(), '000000000101') },
    { weight: 1, arbitrary: hostileText },
  );
  const columns = fc.oneof(
    fc.constant(['account', 'region', 'eventNamespace', 'eventName', 'metadata.a']),
    fc.array(hostileText, { maxLength: 6 }),
  );
  return fc
    .tuple(columns, fc.array(fc.array(cell, { maxLength: 6 }), { maxLength: 5 }), fc.constantFrom('"', ''))
    .map(([header, rows, quote]) =>
      [header, ...rows].map((row) => row.map((text) => `${quote}${text}${quote}`).join(',')).join('\n'),
    );
}

/** A line of an import is what a single call takes. */
const ROW: Schema = {
  type: 'object',
  properties: {
    account: { type: 'string', pattern: '^[0-9]{12}$' },
    region: { type: 'string' },
    eventNamespace: { type: 'string' },
    eventName: { type: 'string' },
  },
  required: ['account', 'region', 'eventNamespace', 'eventName'],
};

/** Mostly as it is; else with one member replaced, left out or added, or something else altogether. */
function spoiltObject(valid: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const changed = fc
    .tuple(valid, fc.nat(), hostileText, hostileValue, fc.constantFrom('replace', 'add', 'remove'))
    .map(([value, at, name, other, how]) => {
      const members = Object.entries(value as object);
      const place = members.length === 0 ? 0 : at % members.length;
      if (how === 'add') members.push([name, other]);
      else
        members.splice(
          place,
          1,
          ...(how === 'replace' ? [[members[place]?.[0] ?? name, other] as [string, unknown]] : []),
        );
      return Object.fromEntries(members);
    });
  return fc.oneof(
    { weight: 4, arbitrary: valid },
    { weight: 4, arbitrary: changed },
    { weight: 1, arbitrary: hostileValue },
  );
}
