import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onboardingSheet } from '../../src/cli/view/onboarding.ts';
import { csvText } from '../../src/cli/view/table.ts';
import type { RowIssue } from '../../src/domain/import-report.ts';
import type { Onboarding } from '../../src/domain/onboarding.ts';
import { startService, type RunningService } from '../support/running-service.ts';

let service: RunningService;
beforeAll(async () => {
  service = await startService({ stopWith: afterAll });
});

interface Report {
  readonly id: string;
  readonly rows: number;
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly errors: readonly RowIssue[];
  readonly errorsTruncated: boolean;
  readonly ignoredColumns: readonly string[];
  readonly sample?: readonly unknown[];
  readonly layout?: object;
}

const send = (
  payload: string | Buffer,
  query: Readonly<Record<string, string>> = {},
  type: string | undefined = 'text/csv',
) =>
  service.call({
    method: 'POST',
    url: '/v1/imports',
    query,
    payload,
    headers: { 'content-type': type },
  });

async function upload(csv: string, query: Readonly<Record<string, string>> = {}): Promise<Report> {
  const reply = await send(csv, query);
  expect(reply.statusCode, reply.body).toBeLessThan(300);
  return JSON.parse(reply.body) as Report;
}

const rejectsOf = async (id: string): Promise<string> =>
  (await service.call({ url: `/v1/imports/${id}/errors?format=csv` })).body;

const LAYOUT = {
  'map.account': 'AWS Account ID',
  'map.customerId': 'customer no',
  'map.metadata.plan': 'Tarif',
  'default.region': 'eu-west-1',
  'default.lane': 'live',
  eventNamespace: 'customers/{customerId}',
  eventName: '{Product}-events',
};

describe('a file whose columns are not ours', () => {
  const file = [
    'Customer No;AWS Account ID;Region;Tarif;Product;Note',
    'k-1;1111-2222-0001;;gold;shop;"first; of all"',
    'k-2;111122220002;us-east-1;;crm;',
    ';111122220003;;;crm;no customer',
    'k-4;111122220004;;;;no product',
    'k-5;12;;;crm;bad account',
  ].join('\n');

  it('is read by mapping, defaults and templates, which a dry run shows with the first rows', async () => {
    const tried = await upload(file, { ...LAYOUT, dryRun: 'true' });
    expect(tried).toMatchObject({ rows: 5, accepted: 2, rejected: 3, ignoredColumns: ['Note'] });
    expect(tried.sample).toHaveLength(5);
    expect(tried.sample?.slice(0, 2)).toEqual([
      {
        account: '111122220001',
        region: 'eu-west-1',
        customerId: 'k-1',
        lane: 'live',
        eventNamespace: 'customers/k-1',
        eventName: 'shop-events',
        metadata: { plan: 'gold' },
      },
      {
        account: '111122220002',
        region: 'us-east-1',
        customerId: 'k-2',
        lane: 'live',
        eventNamespace: 'customers/k-2',
        eventName: 'crm-events',
        metadata: {},
      },
    ]);
    expect(tried.layout).toEqual({
      delimiter: ';',
      columns: ['Customer No', 'AWS Account ID', 'Region', 'Tarif', 'Product', 'Note'],
      map: {
        region: 'Region',
        account: 'AWS Account ID',
        customerId: 'Customer No',
        'metadata.plan': 'Tarif',
      },
      default: { region: 'eu-west-1', lane: 'live' },
      eventNamespace: LAYOUT.eventNamespace,
      eventName: LAYOUT.eventName,
    });
    expect(tried.errors.map(({ row, line, field, code }) => [row, line, field, code])).toEqual([
      [3, 4, 'eventNamespace', 'required'],
      [4, 5, 'eventName', 'required'],
      [5, 6, 'account', 'invalid_account'],
    ]);
    expect(tried.errors[1]?.message).toContain('Product');

    const done = await upload(file, LAYOUT);
    expect(done).toMatchObject({ accepted: 2, rejected: 3 });
    const { items } = JSON.parse((await service.call({ url: '/v1/onboardings?q=customers/k-' })).body) as {
      items: Onboarding[];
    };
    expect(items.map(({ sourceName, lane }) => [sourceName, lane]).sort()).toEqual(
      [
        ['aws.partner/acme.example/customers/k-1/shop-events', 'live'],
        ['aws.partner/acme.example/customers/k-2/crm-events', 'live'],
      ].map(([name, lane]) => [name?.replace('acme.example', partnerOf(items)), lane]),
    );
  });

  const partnerOf = (items: readonly Onboarding[]): string => items[0]?.sourceName.split('/')[1] ?? '';

  it('may have a template that uses the column it replaces, and one column for several fields', async () => {
    const csv = 'account,region,eventNamespace,eventName\n000000000101,us-east-1,a,b\n';
    const tried = await upload(csv, {
      dryRun: 'true',
      'map.customerId': 'account',
      eventNamespace: 'prod/{ eventnamespace }',
    });
    expect(tried.ignoredColumns).toEqual([]);
    expect(tried.sample).toMatchObject([
      { account: '000000000101', customerId: '000000000101', eventNamespace: 'prod/a', eventName: 'b' },
    ]);
    // Without a use, the column is one of those that are named as ignored.
    const other = await upload(csv, { dryRun: 'true', eventNamespace: 'fixed' });
    expect(other.ignoredColumns).toEqual(['eventNamespace']);
  });

  it.each([
    ['a word', '#', 'pipe', '|'],
    ['a character', '#', '#', '#'],
    ['a tab', '#', '\\t', '\t'],
  ])('may have any delimiter: %s', async (_what, from, delimiter, character) => {
    const csv = ['account#region#sourceName', '000000000101#us-east-1#a/b,c;d']
      .join('\n')
      .replaceAll(from, character);
    expect(await upload(csv, { dryRun: 'true', delimiter })).toMatchObject({
      rows: 1,
      ignoredColumns: [],
      layout: { delimiter: character },
    });
  });

  it.each([
    ['a field that is none', { 'map.acount': 'AWS Account ID' }, 'map.acount', /"acount".*account, region/],
    ['a default that is none', { 'default.zone': 'x' }, 'default.zone', /"zone".*account, region/],
    ['an option that is none', { delimeter: ';' }, 'delimeter', /"delimeter".*delimiter/],
    ['a column that is not there', { 'map.account': 'Konto' }, 'map.account', /"Konto".*"AWS Account ID"/],
    ['a name that is not there', { eventName: '{Produkt}' }, 'eventName', /"Produkt".*"Product"/],
    ['an open brace', { eventNamespace: 'a/{customerId' }, 'eventNamespace', /"a\/\{customerId".*braces/],
    ['a lone closing brace', { eventNamespace: 'a}' }, 'eventNamespace', /"a}".*braces/],
    ['an empty name', { eventName: 'a/{}' }, 'eventName', /"a\/\{\}".*braces/],
    ['braces in braces', { eventName: '{{Product}}' }, 'eventName', /braces/],
    ['two characters', { delimiter: '||' }, 'delimiter', /"\|\|".*pipe/],
    ['a quote', { delimiter: '"' }, 'delimiter', /delimiter/],
    ['nothing', { 'map.account': '' }, 'map.account', /not empty/],
    ['a Region that is not ours', { 'default.region': 'mars-1' }, 'default.region', /"mars-1".*us-east-1/],
    ['a lane that is none', { 'default.lane': 'fast' }, 'default.lane', /bulk.*"fast"/],
    ['a default and a template', { 'default.eventName': 'x' }, 'default.eventName', /eventName, not both/],
  ])('refuses %s before it takes a row', async (_what, wrong, field, message) => {
    const reply = await send(file, { ...LAYOUT, ...wrong });
    expect(reply.statusCode).toBe(400);
    const { errors } = JSON.parse(reply.body) as { errors: { field: string; message: string }[] };
    const issue = errors.find((one) => one.field === field);
    expect(issue?.message, reply.body).toMatch(message);
  });

  it('is told how to name its columns, with the one that looks right', async () => {
    const reply = await send(file.replaceAll(';', ','));
    expect(reply.statusCode).toBe(400);
    expect(reply.body).toContain('map.account=AWS Account ID');
    expect(reply.body).toContain('--event-namespace');
  });

  it('takes no such options for NDJSON', async () => {
    const reply = await send('{}', { delimiter: ';' }, 'application/x-ndjson');
    expect(JSON.parse(reply.body)).toMatchObject({ status: 400, field: 'delimiter' });
  });
});

describe('an upload that is not a table', () => {
  it.each([
    ['.xlsx', [0x50, 0x4b, 0x03, 0x04, 0x14], /xlsx.*CSV UTF-8/],
    ['.ods', [0x50, 0x4b, 0x03, 0x04, 0x0a], /ods.*CSV UTF-8/],
    ['.xls', [0xd0, 0xcf, 0x11, 0xe0, 0xa1], /xls.*CSV UTF-8/],
  ])('%s is refused with what to do', async (_name, bytes, message) => {
    const reply = await send(Buffer.concat([Buffer.from(bytes), Buffer.alloc(5_000)]));
    expect(JSON.parse(reply.body)).toMatchObject({
      status: 400,
      field: 'body',
      detail: expect.stringMatching(message) as string,
    });
  });

  it.each([
    [
      'multipart/form-data; boundary=x',
      '--x\r\ncontent-disposition: form-data; name="file"\r\n\r\na\r\n--x--\r\n',
    ],
    ['application/x-www-form-urlencoded', 'account=1'],
    ['application/json', 'account,region'],
    ['application/vnd.ms-excel', 'account,region'],
    ['nonsense', 'account,region'],
    [undefined, 'account,region'],
  ])('%s is refused with the types that are accepted', async (type, payload) => {
    const reply = await service.call({
      method: 'POST',
      url: '/v1/imports',
      payload,
      headers: type === undefined ? {} : { 'content-type': type },
    });
    expect(JSON.parse(reply.body)).toMatchObject({
      status: 415,
      code: 'unsupported_media_type',
      field: 'content-type',
      detail: expect.stringContaining('text/csv or application/x-ndjson') as string,
    });
    expect(reply.body.includes('--data-binary')).toBe(/multipart|form/.test(type ?? ''));
  });
});

describe('rejected rows as CSV', () => {
  const HEADER = 'account;Notiz;region;eventNamespace;eventName;customerId';
  const good = (n: number): string =>
    `0000000001${String(n).padStart(2, '0')};ok;us-east-1;rejects/c-${n};orders;c-${n}`;

  it('come back as they stand in the file, and are accepted once they are corrected', async () => {
    const file = [
      'sep=;',
      HEADER,
      good(1),
      '12;"two; ""quoted"" lines\nhere";us-east-1;rejects/c-2;orders;=c-2',
      good(3),
      "0000 0000 0104;-1+1;mars-1;;orders;'=c-4",
      'too;many;cells;in;this;row;of;mine',
      '',
      '000000000106;ok;us-east-1;rejects/c-6;orders;"c-6',
    ].join('\n');
    const first = await upload(file);
    expect(first).toMatchObject({ rows: 6, accepted: 2, rejected: 4 });
    const rejects = await rejectsOf(first.id);
    const lines = rejects.split('\n');
    expect(lines[0]).toBe(`${HEADER};line;field;code;reason`);
    expect(rejects).toContain(
      '12;"two; ""quoted"" lines\nhere";us-east-1;rejects/c-2;orders;\'=c-2;4;account;invalid_account;',
    );
    expect(rejects).toContain(
      `0000 0000 0104;'-1+1;mars-1;;orders;'=c-4;7;"region; eventNamespace";"region_not_registered; required";`,
    );
    // Never its cells, which could make a row of their own.
    expect(rejects).toContain('"too;many;cells;in;this;row;of;mine";;;;;;8;row;unreadable_row;');
    expect(rejects).toContain(
      '"000000000106;ok;us-east-1;rejects/c-6;orders;""c-6";;;;;;10;row;unreadable_row;',
    );

    // As it is, it is rejected again, row by row, and gives the same rows.
    const again = await upload(rejects);
    expect(again).toMatchObject({ rows: 4, accepted: 0, duplicates: 0, rejected: 4 });
    expect(again.ignoredColumns).toEqual(['Notiz', 'line', 'field', 'code', 'reason']);
    const secondRejects = await rejectsOf(again.id);
    expect(secondRejects.split('\n')[0]).toBe(lines[0]);
    const withoutReasons = (csv: string): string => csv.replaceAll(/;\d+;"?(account|region|row).*/g, '');
    expect(withoutReasons(secondRejects)).toBe(withoutReasons(rejects));

    const corrected = await upload(
      rejects.replace(/^12;/m, '000000000102;').replace('mars-1;;', 'us-east-1;rejects/c-4;'),
    );
    expect(corrected).toMatchObject({ rows: 4, accepted: 2, rejected: 2 });
    const { items } = JSON.parse((await service.call({ url: '/v1/onboardings?q=rejects/c-' })).body) as {
      items: Onboarding[];
    };
    expect(items.map(({ customerId }) => customerId).sort()).toEqual(['=c-2', '=c-4', 'c-1', 'c-3']);
  });

  it('are all there, also beyond the first 1,000 errors, and a dry run streams the same', async () => {
    const rows = Array.from({ length: 1_600 }, (_, n) => `${n};all of them;us-east-1;rejects/all;n${n};c`);
    const file = [HEADER, ...rows].join('\n');
    const report = await upload(file);
    expect(report).toMatchObject({ rejected: 1_600, errorsTruncated: true });
    const rejects = await rejectsOf(report.id);
    expect(rejects.trim().split('\n')).toHaveLength(1_601);
    const tried = await send(file, { dryRun: 'true', errors: 'csv' });
    expect(tried.headers['content-type']).toContain('text/csv');
    expect(tried.body).toBe(rejects);
    const ndjson = await service.call({ url: `/v1/imports/${report.id}/errors` });
    expect(ndjson.body.trim().split('\n')).toHaveLength(1_600);
    const shown = JSON.parse((await service.call({ url: `/v1/imports/${report.id}` })).body) as Report;
    expect(shown).toMatchObject({ errors: report.errors, errorsTruncated: true });
  });

  it('name those whose name another account holds', async () => {
    await upload([HEADER, good(50)].join('\n'));
    const other = good(50).replace('000000000150', '000000000999');
    const report = await upload([HEADER, other].join('\n'));
    expect(await rejectsOf(report.id)).toContain(`${other};2;sourceName;source_name_taken;`);
  });

  it('are refused where they would never be read', async () => {
    const unknown = await service.call({ url: '/v1/imports/imp_none/errors?format=csv' });
    expect(unknown.statusCode).toBe(404);
    expect(JSON.parse((await send(HEADER, { errors: 'csv' })).body)).toMatchObject({
      status: 400,
      field: 'errors',
    });
    const unusable = await send('account\n', { errors: 'csv', dryRun: 'true' });
    expect(JSON.parse(unusable.body)).toMatchObject({ status: 400, field: 'header' });
  });
});

it('what `onboard list --csv` prints goes in again unchanged: all of it is there already', async () => {
  const rows = ['111122223331,round/trip,one,=1+1', '111122223332,round/trip,two,c-2'];
  await upload(
    `account,eventNamespace,eventName,customerId,region\n${rows.map((row) => `${row},us-east-1`).join('\n')}`,
  );
  const reply = await service.call({ url: '/v1/onboardings?q=round/trip' });
  const { items } = JSON.parse(reply.body) as { items: Onboarding[] };
  const report = await upload(csvText(onboardingSheet(items)));
  expect(report).toMatchObject({ rows: 2, accepted: 0, duplicates: 2, rejected: 0 });
  expect(report.ignoredColumns).toContain('eventSourceArn');
});
