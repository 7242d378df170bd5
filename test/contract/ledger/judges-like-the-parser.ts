import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FieldIssue } from '../../../src/domain/field-issue.ts';
import { URL_MAX_LENGTH } from '../../../src/domain/callback-url.ts';
import { METADATA_MAX_BYTES, METADATA_MAX_PAIRS } from '../../../src/domain/metadata.ts';
import {
  CUSTOMER_ID_MAX_LENGTH,
  REQUEST_FIELDS,
  parseOnboardingRequest,
} from '../../../src/domain/onboarding-request.ts';
import type { Region } from '../../../src/domain/region.ts';
import { SEARCHED_LENGTH } from '../../../src/domain/shown.ts';
import {
  LOOKED_AT_LENGTH,
  SOURCE_NAME_MAX_LENGTH,
  type PartnerName,
} from '../../../src/domain/source-name.ts';
import { storableJson } from '../../../src/domain/json.ts';
import { quotedSql, type LedgerUnderTest } from '../../support/ledger-fixtures.ts';

const RULES = {
  partner: 'acme.example' as PartnerName,
  regions: ['us-east-1', 'eu-west-1'] as Region[],
  defaultLane: 'live',
} as const;

const GOOD = {
  account: '000000000101',
  region: 'eu-west-1',
  eventNamespace: 'crm',
  eventName: 'tenant-4711',
};
const OWN = 'aws.partner/acme.example/';
const WHOLE = { account: GOOD.account, region: GOOD.region };

const pairs = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v']));
/** Metadata of so many bytes as JSON. */
const metadataOf = (bytes: number): Record<string, string> => {
  const keys = { '"quoted"': 'é', 'back\\slash': '€🚧' };
  const frame = new TextEncoder().encode(JSON.stringify({ ...keys, fill: '' })).length;
  return { ...keys, fill: 'x'.repeat(bytes - frame) };
};
/** Every code point up to the CJK scripts, and the neighbourhood of each that Unicode calls a format character. */
const CODE_POINTS = [
  ...range(1, 0x30ff),
  ...range(0xfb00, 0xffff),
  ...[0x11080, 0x13400, 0x1bc80, 0x1d160, 0x1f600, 0xe0000, 0x10ff80].flatMap((from) =>
    range(from, from + 0x7f),
  ),
];

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

const CASES: readonly unknown[] = [
  ...[GOOD, [], null, 'account=1', 7, true, {}],
  ...[101, '101', '', null, '0000-0000-0101', '00000000010a', '٠٠٠٠٠٠٠٠٠١٠١', '000000000101\n', {}, []]
    .concat([
      '０００００００００１０１',
      '000000000101\u200b',
      ' 000000000101',
      '\ufeff000000000101',
      '1.11E+11',
    ])
    .map((account) => ({ ...GOOD, account })),
  ...[
    ...[
      'ap-south-1',
      '',
      null,
      1,
      ['eu-west-1'],
      'EU-WEST-1',
      'eu-west-1 ',
      '\u00a0eu-west-1',
      'eu-west-1\u200b',
    ],
    ...[
      'eu-wеst-1',
      'ｅｕ-west-1',
      [],
      [1, [2], { a: 3 }, 4],
      { a: 1 },
      false,
      -0,
      1.5,
      'x'.repeat(61),
      '🚧'.repeat(61),
    ],
    ...[
      '"',
      '\\',
      '\t',
      '\u{e0041}',
      ' ',
      'x'.repeat(SEARCHED_LENGTH).concat(' '),
      'x'.repeat(SEARCHED_LENGTH - 1).concat(' '),
    ],
  ].map((region) => ({
    ...GOOD,
    region,
  })),
  ...[
    '',
    null,
    1,
    ['a'],
    'a/b',
    '/a',
    'a/',
    'a//b',
    '..',
    '.',
    '../..',
    'a b',
    'ä',
    'a/ä/ä/b c',
    'a\u0000',
  ].flatMap((text) => [
    { ...GOOD, eventNamespace: text },
    { ...GOOD, eventName: text },
    { ...WHOLE, sourceName: text },
    { ...WHOLE, sourceName: `aws.partner/acme.example/${String(text)}` },
  ]),
  { ...GOOD, eventNamespace: Array.from({ length: 50 }, (_, n) => `ä${n}`).join('/') },
  { ...GOOD, sourceName: 'aws.partner/acme.example/x' },
  { ...WHOLE, sourceName: 'x', eventNamespace: 'a' },
  { ...WHOLE, sourceName: 'aws.partner/evil.example/x' },
  { ...WHOLE, sourceName: 'aws.partner/acme.exampleX/x' },
  { ...WHOLE, sourceName: 'AWS.partner/acme.example/x' },
  { ...WHOLE, eventName: 'x' },
  // Of a name that is far too long nothing but the length is judged.
  ...[0, 1, 2].map((more) => ({
    ...WHOLE,
    sourceName: OWN.padEnd(LOOKED_AT_LENGTH - 2 + more, 'x').padEnd(LOOKED_AT_LENGTH + more, '🚧'),
  })),
  { ...GOOD, eventNamespace: 'ä'.repeat(LOOKED_AT_LENGTH), eventName: 'x/y' },
  ...[1, '', 'a\nb', '\u007f', '\u009b2J']
    .concat([
      '\ud83d',
      'a\u0000b',
      ' Käse & Söhne 🧀 ',
      "'; drop table onboarding.onboardings; --",
      '$$ || $1',
    ])
    .map((customerId) => ({ ...GOOD, customerId })),
  ...['live', 'bulk', 'fast', '', 'LIVE', null, 1].map((lane) => ({ ...GOOD, lane })),
  ...(
    [['a'], {}, { a: 1 }, { a: null }, { a: {} }, { a: '\u0000' }, { 'a\u0000': '' }, { '': '' }] as object[]
  )
    .concat([{ constructor: 'x', prototype: 'y' }, JSON.parse('{"__proto__":"x"}') as object])
    .concat([{ ['k'.repeat(9_000)]: 1 }, { ['k'.repeat(9_000)]: 'v' }, metadataOf(20_000)] as object[])
    .concat([Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`k${n}`, n]))])
    .map((metadata) => ({ ...GOOD, metadata })),
  ...['a=b', 1, null, true].map((metadata) => ({ ...GOOD, metadata })),
  ...[
    'https://c/',
    'HTTPS://C:8443?x=1',
    'https://hooks.acme.example/done',
    'https://127.0.0.1/',
    'https://1.2.3/',
  ]
    .concat([
      'http://c/',
      'https://a:b@c/',
      'https://c/#x',
      'https://c\\@d/',
      'https://c/ d',
      'https://c/\u00a0d',
    ])
    .concat([
      'https://c/\ufeff',
      'https:///x',
      'https://c:65535/',
      'https://c:65536/',
      'https://c:/',
      'https://[/',
    ])
    .concat([
      'https://[::1]/',
      'https://256.1.1.1/',
      'https://a..b/',
      'https://a.1/',
      'https://münchen.example/',
    ])
    .concat(['https://c/ünï', 'javascript:1', 'http://u:secret@c/d?token=x', 'http://c/?a=b@c#d', 'me@c?\n'])
    .concat([`https://u:p@c/${'x'.repeat(URL_MAX_LENGTH)}?token=x`])
    .map((callbackUrl) => ({ ...GOOD, callbackUrl })),
  { ...GOOD, callbackUrl: 1 },
  {
    ...GOOD,
    Account: '1',
    [`${'x'.repeat(63)}🚧y`]: 1,
    'turn\u202eed\u0007': 1,
    'a\u0000b': 1,
    ['\ud83d']: 1,
  },
  { ...GOOD, ...(JSON.parse('{"__proto__":1,"constructor":1,"prototype":1}') as object) },
  { account: 1, region: 'mars', sourceName: 'x', customerId: 1, lane: 1, metadata: 1, callbackUrl: 1, z: 1 },
];

/** What is limited, its limit, and a request of so much of it. */
const LIMITS: readonly [string, number, (size: number) => object][] = [
  ['digits of the account', 12, (size) => ({ ...GOOD, account: '1'.repeat(size) })],
  ['sourceName', SOURCE_NAME_MAX_LENGTH, (size) => ({ ...WHOLE, sourceName: OWN.padEnd(size, 'x') })],
  [
    'eventNamespace',
    SOURCE_NAME_MAX_LENGTH - `${OWN}/${GOOD.eventName}`.length,
    (size) => ({ ...GOOD, eventNamespace: 'x'.repeat(size) }),
  ],
  [
    'eventName',
    SOURCE_NAME_MAX_LENGTH - `${OWN}${GOOD.eventNamespace}/`.length,
    (size) => ({ ...GOOD, eventName: 'x'.repeat(size) }),
  ],
  ['customerId', CUSTOMER_ID_MAX_LENGTH, (size) => ({ ...GOOD, customerId: 'x'.repeat(size) })],
  // JavaScript counts these twice.
  ['emoji in customerId', CUSTOMER_ID_MAX_LENGTH / 2, (size) => ({ ...GOOD, customerId: '🚧'.repeat(size) })],
  ['pairs of metadata', METADATA_MAX_PAIRS, (size) => ({ ...GOOD, metadata: pairs(size) })],
  ['bytes of metadata', METADATA_MAX_BYTES, (size) => ({ ...GOOD, metadata: metadataOf(size) })],
  ['callbackUrl', URL_MAX_LENGTH, (size) => ({ ...GOOD, callbackUrl: 'https://c/'.padEnd(size, 'x') })],
];

/** Everything that is wrong; jsonb keeps no order of keys. */
const sorted = (issues: readonly FieldIssue[]): string[] =>
  issues.map(({ field, code, message }) => `${field} ${code} ${message}`).sort();

/** As the database gets it: jsonb has neither NUL nor lone surrogates. */
const byParser = (input: unknown): string[] => {
  const checked = parseOnboardingRequest(JSON.parse(storableJson(input)), RULES);
  return checked.ok ? [] : sorted(checked.issues);
};

/** The SQL function `onboarding.accept` against the parser that HTTP uses. */
export function judgesLikeTheParser(tested: () => LedgerUnderTest): void {
  const bySql = async (inputs: readonly unknown[]): Promise<string[][]> => {
    const list = `[${inputs.map((input) => storableJson(input)).join(',')}]`;
    const rows = await tested().sql(
      `select onboarding.request_issues(request, 'acme.example', array['us-east-1', 'eu-west-1']) as issues
       from jsonb_array_elements(${quotedSql(list)}::jsonb) with ordinality as listed (request, place) order by place`,
    );
    return rows.map(({ issues }) => sorted(issues as FieldIssue[]));
  };

  test('every case is judged alike, field, code and message', async () => {
    const found = await bySql(CASES);
    CASES.forEach((input, index) => {
      expect(found[index], JSON.stringify(input).slice(0, 300)).toEqual(byParser(input));
    });
    expect(found.filter((issues) => issues.length === 0).length).toBeGreaterThan(20);
  });

  test.each(LIMITS)('the limit of %s is judged alike, at it and one past it', async (_, limit, sized) => {
    const [at, past] = [sized(limit), sized(limit + 1)];
    expect(await bySql([at, past])).toEqual([[], byParser(past)]);
    expect(byParser(at)).toEqual([]);
    expect(byParser(past)).toHaveLength(1);
  });

  test('every character is judged alike, in values, in names and in keys', async () => {
    const values = CODE_POINTS.filter((point) => point < 0x300).map((point) => String.fromCodePoint(point));
    const texts = values.flatMap((text) => [
      { ...GOOD, customerId: text },
      { ...GOOD, eventName: `a${text}` },
      { ...GOOD, callbackUrl: `https://a/${text}` },
    ]);
    const keys = range(0, CODE_POINTS.length / 32).map((index) => ({
      ...GOOD,
      [String.fromCodePoint(...CODE_POINTS.slice(index * 32, index * 32 + 32))]: 1,
    }));
    const inputs = [...texts, ...keys];
    expect(await bySql(inputs)).toEqual(inputs.map(byParser));
    // The marks that a message makes, one by one: in a range, each is as good as its neighbors.
    const marked = CODE_POINTS.map((point) => ({ ...GOOD, region: `a${String.fromCodePoint(point)}b` }));
    expect(await bySql(marked)).toEqual(marked.map(byParser));
  });

  const text = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.constantFrom(
      '',
      'a',
      'a/b',
      '..',
      'live',
      'bulk',
      'aws.partner/acme.example/x',
      'eu-west-1',
      '000000000101',
    ),
  );
  const value = fc.oneof(text, fc.jsonValue({ depthSize: 'small' }));
  const nearlyRequest = fc
    .tuple(
      fc.dictionary(fc.oneof(fc.constantFrom(...REQUEST_FIELDS), text), value, { maxKeys: 8 }),
      fc.subarray(Object.keys(GOOD) as (keyof typeof GOOD)[]),
      fc.option(fc.dictionary(text, fc.oneof(text, value), { maxKeys: 6 })),
    )
    .map(([fields, kept, metadata]) => ({
      ...fields,
      ...Object.fromEntries(kept.map((field) => [field, GOOD[field]])),
      ...(metadata === null ? {} : { metadata }),
    }));

  test('anything that looks like a request is judged alike', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(nearlyRequest, { minLength: 20, maxLength: 20 }), async (inputs) => {
        // Numbers that both write alike.
        const small = (_: string, it: unknown): unknown =>
          typeof it === 'number' ? Math.trunc(it % 1_000) : it;
        const sent = inputs.map((input) => JSON.parse(JSON.stringify(input, small)) as unknown);
        expect(await bySql(sent)).toEqual(sent.map(byParser));
      }),
      { numRuns: 25 },
    );
  });
}
