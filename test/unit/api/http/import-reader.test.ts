import fc from 'fast-check';
import { Readable } from 'node:stream';
import { describe, expect, it, test } from 'vitest';
import { readCsv, readNdjson } from '../../../../src/api/http/import-reader.ts';
import { ProblemError } from '../../../../src/api/http/problem.ts';
import type { RequestRules } from '../../../../src/domain/onboarding-request.ts';
import type { PartnerName } from '../../../../src/domain/source-name.ts';
import type { Region } from '../../../../src/domain/region.ts';
import { EFFORT, SEED } from '../../../support/random.ts';

const RULES: RequestRules = {
  partner: 'acme.example' as PartnerName,
  regions: ['us-east-1' as Region],
  callbackAllowHosts: [],
  defaultLane: 'bulk',
};

const HEADER = 'account,region,eventNamespace,eventName,customerId,note';
const row = (n: number, note = 'ok'): string =>
  `1111222233${String(n).padStart(2, '0')},us-east-1,customers/c-${n},orders,c-${n},${note}`;

interface Read {
  readonly accepted: readonly string[];
  readonly rejected: readonly { row: number; line: number; field: string; code: string; message: string }[];
  readonly rows: number;
  readonly cleaned: number;
  readonly ignored: readonly string[];
}

/** What a reader makes of a file, cut into chunks of these sizes; the last size repeats. */
async function read(file: string | Buffer, { as = readCsv, cuts = [65_536] } = {}): Promise<Read> {
  const bytes = Buffer.from(file);
  const chunks: Buffer[] = [];
  for (let from = 0, n = 0; from < bytes.length; n += 1) {
    const size = cuts[Math.min(n, cuts.length - 1)] ?? 1;
    chunks.push(bytes.subarray(from, from + size));
    from += size;
  }
  const reader = as(Readable.from(chunks, { objectMode: true }), RULES);
  const accepted: string[] = [];
  const rejected: Read['rejected'][number][] = [];
  let rows = 0;
  for await (const { row: number, line, request } of reader.rows) {
    rows += 1;
    expect(number).toBe(rows);
    if (request.ok) accepted.push(`${request.value.account} ${request.value.sourceName}`);
    else rejected.push(...request.issues.map((issue) => ({ row: number, line, ...issue })));
  }
  return { accepted, rejected, rows, cleaned: reader.cleaned(), ignored: reader.header().ignored };
}

const utf16 = (text: string, isBigEndian = false): Buffer => {
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le');
  return isBigEndian ? bytes.swap16() : bytes;
};

const TABLE = [HEADER, row(1), row(2), row(3), row(4), row(5)];
const TEXT = TABLE.join('\n');

describe('a file that is written another way', () => {
  it.each<[string, string | Buffer]>([
    ['UTF-8 with a byte order mark', `\ufeff${TEXT}`],
    ['UTF-16LE', utf16(TEXT)],
    ['UTF-16BE', utf16(TEXT, true)],
    ['CRLF', TABLE.join('\r\n')],
    ['CR', TABLE.join('\r')],
    [
      'mixed ends of lines',
      `${TABLE[0]}\r\n${TABLE.slice(1, 4).join('\r')}\n${TABLE.slice(4).join('\r\n')}\n\r\n`,
    ],
    ['semicolons', TEXT.replaceAll(',', ';')],
    ['tabs', TEXT.replaceAll(',', '\t')],
    ['a line sep=', `sep=|\r\n${TEXT.replaceAll(',', '|')}`],
    ['quotes around every cell', TEXT.replaceAll(/[^,\n]+/g, '"$&"')],
    ['quotes and semicolons', `\ufeff${TEXT.replaceAll(/[^,\n]+/g, '"$&"').replaceAll(',', ';')}\r\n`],
    ['a header in capitals', TEXT.replace(HEADER, HEADER.toUpperCase())],
    ['a header with blanks', TEXT.replace(HEADER, HEADER.replaceAll(',', ' , '))],
    ['rows of separators at the end', `${TEXT}\n,,,,,\n,,,,,\n   \n`],
    ['empty columns at the end', TABLE.map((line) => `${line},,`).join('\n')],
    ['empty lines between', TABLE.join('\n\n')],
    [
      'rows that end early',
      TABLE.map((line, n) => (n === 0 ? line : line.split(',').slice(0, 4).join(','))).join('\n'),
    ],
  ])('%s is read like any other', async (_, file) => {
    const found = await read(file);
    expect(found.rejected).toEqual([]);
    expect(found.accepted).toEqual((await read(TEXT)).accepted);
    expect(found.accepted).toHaveLength(5);
    expect(found.ignored.map((name) => name.toLowerCase())).toEqual(['note']);
  });

  it('an Excel workbook is refused with what to do', async () => {
    const refused = read(Buffer.from('504b030414000600', 'hex'), { cuts: [1] });
    await expect(refused).rejects.toThrow(ProblemError);
    await expect(refused).rejects.toMatchObject({
      problem: { detail: expect.stringMatching(/workbook.*CSV/) as string },
    });
  });

  it('a header that lacks columns is refused with those that it has', async () => {
    await expect(read('AWS Account ID,Region,sourceName\n')).rejects.toMatchObject({
      problem: { detail: expect.stringMatching(/account is missing.*"AWS Account ID"/) as string },
    });
  });
});

describe('a row that is broken', () => {
  const TEN = Array.from({ length: 10 }, (_, n) => n + 1);
  const withThird = (third: string): string =>
    [HEADER, ...TEN.map((n) => (n === 3 ? third : row(n)))].join('\n');

  it.each([
    ['a quote inside a cell', row(3, '5" pipe')],
    ['a quoted word before another', row(3, '"Acme" Inc')],
    ['a quote that nothing closes, in a column that is ignored', row(3, '"never closed')],
    ['a quote in every cell that is ignored', row(3, '"')],
    ['an account that Excel keeps as text', row(3).replace('111122223303', '="111122223303"')],
    ['a line break in a quoted cell', row(3, '"two\nlines"')],
    ['many line breaks in a quoted cell', row(3, `"${'x\n'.repeat(40)}"`)],
  ])('%s: all rows are accepted', async (_, third) => {
    const found = await read(withThird(third));
    expect(found.rejected).toEqual([]);
    expect(found.accepted).toHaveLength(10);
  });

  it.each([
    ['one above the other', row(3, '"never closed'), row(4, '"never closed')],
    ['with rows between', row(3, '"never closed'), row(9, '"never closed')],
    ['that look like the two ends of one cell', row(3, '"five inch'), row(8, 'eight inch"')],
    [
      'that look like it, with quoted cells between',
      row(3, '"five inch'),
      row(8, '"a",b"').replace(',b"', ' b"'),
    ],
    ['in quoted accounts', row(3, '"open'), row(7, 'x"').replace(/^[0-9]+/, '"$&"')],
  ])('two quotes %s swallow no row', async (_, first, second) => {
    const number = Number(/^"?[0-9]{10}([0-9]{2})/.exec(second)?.[1]);
    const lines = TEN.map((n) => (n === 3 ? first : n === number ? second : row(n)));
    const found = await read([HEADER, ...lines].join('\n'));
    expect(found.rejected).toEqual([]);
    expect(found.accepted).toHaveLength(10);
  });

  it('a byte that is not UTF-8 costs no row in a column that is ignored, and one row elsewhere', async () => {
    const latin1 = (third: string): Buffer => Buffer.from(withThird(third), 'latin1');
    expect(await read(latin1(row(3, 'Café')))).toMatchObject({ rejected: [], accepted: { length: 10 } });
    const found = await read(latin1(row(3).replace('c-3,ok', 'Café,ok')));
    expect(found.accepted).toHaveLength(9);
    expect(found.rejected).toMatchObject([{ row: 3, line: 4, field: 'customerId', code: 'invalid_text' }]);
    expect(found.rejected[0]?.message).toContain('Caf');
  });

  it.each([
    ['a quote that nothing closes', row(3).replace('customers/c-3', '"customers/c-3'), 'unreadable_row'],
    ['a cell too many', `${row(3)},more`, 'unreadable_row'],
    ['an account that is none', row(3).replace('111122223303', '12'), 'invalid_account'],
    ['a line that is too long', row(3, 'x'.repeat(70_000)), 'unreadable_row'],
  ])('%s: one row is rejected with its line, and the others are accepted', async (_, third, code) => {
    const found = await read(withThird(third));
    expect(found.accepted).toHaveLength(9);
    expect(found.rejected).toMatchObject([{ row: 3, line: 4, code }]);
  });

  it('names the line of the file, whatever stands between', async () => {
    const found = await read([HEADER, row(1), '', '', row(2).replace('111122223302', '12')].join('\n'));
    expect(found.rejected).toMatchObject([{ row: 2, line: 5, code: 'invalid_account' }]);
  });

  it('costs no other line of NDJSON', async () => {
    const line = (n: number, customerId: string): string =>
      JSON.stringify({
        account: '111122223301',
        region: 'us-east-1',
        eventNamespace: 'n',
        eventName: `e${n}`,
        customerId,
      });
    const file = Buffer.from([line(1, 'a'), line(2, 'Café'), '', line(3, 'c'), '{', ''].join('\n'), 'latin1');
    const found = await read(file, { as: readNdjson });
    expect(found.accepted).toHaveLength(2);
    expect(found.rejected).toMatchObject([
      { row: 2, line: 2, code: 'invalid_text' },
      { row: 4, line: 5, code: 'unreadable_row' },
    ]);
  });
});

describe('account ids as spreadsheets and people write them', () => {
  const one = (account: string): Promise<Read> =>
    read(`${HEADER}\n${account},us-east-1 ,customers/a,orders,a,\n`);

  it.each(['1111-2222-3301', ' 111122223301 ', '1111 2222 3301', '="111122223301"', ' 1111-2222-3301'])(
    '%j is cleaned and counted',
    async (account) => {
      expect(await one(account)).toMatchObject({
        accepted: ['111122223301 aws.partner/acme.example/customers/a/orders'],
        cleaned: 2,
      });
    },
  );

  it.each(['1.11122E+11', '1,11122E+11', '1E11', '111122223301.0', '111122223301.', '111122223301,00'])(
    '%j is rejected with the value and the reason',
    async (account) => {
      const { rejected } = await one(`"${account}"`);
      expect(rejected).toMatchObject([{ field: 'account', code: 'invalid_account' }]);
      expect(rejected[0]?.message).toContain(JSON.stringify(account));
      expect(rejected[0]?.message).toContain('spreadsheet');
    },
  );

  test('leading zeros that are gone are not guessed', async () => {
    const { rejected } = await one('12345678901');
    expect(rejected).toMatchObject([{ code: 'invalid_account' }]);
    expect(rejected[0]?.message).toContain('11');
  });

  test('the customer’s name is kept as it is', async () => {
    const found = await read(`${HEADER}\n111122223301,us-east-1,customers/a,orders, A - B ,\n`);
    expect(found).toMatchObject({ rejected: [], cleaned: 0 });
  });
});

/** Lines that break a reader in some way, and good ones. */
const anyLine = fc.oneof(
  fc.integer({ min: 1, max: 99 }).map((n) => row(n)),
  fc.constantFrom(
    '',
    ',,,,,',
    row(1, '"open'),
    row(2, '"a\nb"'),
    row(3, 'x"y"z'),
    '"',
    '""',
    '","',
    row(4).replace('customers', '"customers'),
    row(5, 'é€🏭'),
    'x'.repeat(66_000),
  ),
);

test('what is read is the same however an upload is cut, and every row is accepted or rejected', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyLine, { maxLength: 12 }),
      fc.constantFrom('\n', '\r\n', '\r'),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 }),
      fc.constantFrom('utf8', 'latin1', 'utf16'),
      async (lines, end, cuts, encoding) => {
        const text = [HEADER, ...lines].join('\n').replaceAll('\n', end);
        const file = encoding === 'utf16' ? utf16(text) : Buffer.from(text, encoding as BufferEncoding);
        const whole = await read(file);
        // The rest in one piece: a file of a long line has many bytes.
        expect(await read(file, { cuts: [...cuts, 65_536] })).toEqual(whole);
        const numbers = new Set(whole.rejected.map((issue) => issue.row));
        // Rows are numbered without gaps, so that none is neither accepted nor rejected.
        expect(whole.rows).toBe(whole.accepted.length + numbers.size);
        // No quote, wherever it stands, takes a line that is a row by itself.
        const rows = text.split(/\r\n|\n|\r/).filter((line) => /^[0-9]{12},/.test(line));
        expect(whole.rows).toBeGreaterThanOrEqual(rows.length);
        const plain = rows.filter((line) => !line.includes('"') && line.length < 1_000);
        const spoilt = encoding === 'latin1' ? plain.filter((line) => !/^[\x20-\x7e]*$/.test(line)) : [];
        expect(whole.accepted.length).toBeGreaterThanOrEqual(plain.length - spoilt.length);
      },
    ),
    { seed: SEED, numRuns: 150 * EFFORT },
  );
});
