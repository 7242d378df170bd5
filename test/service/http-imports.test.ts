import fc from 'fast-check';
import { once } from 'node:events';
import { request as httpRequest, type ClientRequest } from 'node:http';
import type { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openFrontDoor } from '../../src/api/http/front-door.ts';
import { csvText } from '../../src/cli/view/table.ts';
import type { Onboarding } from '../../src/domain/onboarding.ts';
import { eventually } from '../support/eventually.ts';
import { startService, TOKENS, type RunningService } from '../support/running-service.ts';
import { openTcpProxy } from '../support/tcp-proxy.ts';

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
  readonly errors: readonly { row: number; line: number; field: string; code: string; message: string }[];
  readonly errorsTruncated: boolean;
  readonly ignoredColumns: readonly string[];
}

async function upload(
  payload: string | Buffer,
  { type = 'text/csv', query = '' } = {},
): Promise<{ status: number; report: Report }> {
  const reply = await service.call({
    method: 'POST',
    url: `/v1/imports${query}`,
    payload,
    headers: { 'content-type': type },
  });
  return { status: reply.statusCode, report: JSON.parse(reply.body) as Report };
}

const HEADER = 'account,region,eventNamespace,eventName,customerId,metadata.plan,notes';

describe('POST /v1/imports', () => {
  it('takes the good rows and reports the bad ones by row, field and code', async () => {
    const csv = [
      HEADER,
      '000000000101,us-east-1,imp1,a,c-1,gold,hello',
      '123,us-east-1,imp1,b,c-2,gold,',
      '000000000101,mars-1,imp1,c,c-3,gold,',
      '000000000101,us-east-1,imp1,a,c-1,gold,again',
      '000000000999,us-east-1,imp1,a,c-9,gold,other account',
      '"000000000101",eu-west-1,"imp1/deep",d,"Quoted, Inc. ""X""",,',
      '000000000101,us-east-1,imp1,e',
    ].join('\r\n');
    const { status, report } = await upload(`\ufeff${csv}\r\n`);
    expect(status).toBe(202);
    expect(report).toMatchObject({
      rows: 7,
      accepted: 3,
      duplicates: 1,
      rejected: 3,
      errorsTruncated: false,
      ignoredColumns: ['notes'],
    });
    expect(report.errors.map(({ row, field, code }) => [row, field, code])).toEqual(
      [
        [2, 'account', 'invalid_account'],
        [3, 'region', 'region_not_registered'],
        [5, 'sourceName', 'source_name_taken'],
      ].sort((a, b) => Number(a[0]) - Number(b[0])),
    );
    const list = await service.call({ url: '/v1/onboardings?q=imp1' });
    // Rows that are accepted the same millisecond stand in no order.
    const { items } = JSON.parse(list.body) as { items: { customerId: string | null }[] };
    expect(items.sort((a, b) => (a.customerId ?? '').localeCompare(b.customerId ?? ''))).toMatchObject([
      { customerId: null, metadata: {} },
      { customerId: 'c-1', metadata: { plan: 'gold' } },
      { customerId: 'Quoted, Inc. "X"', lane: 'bulk', region: 'eu-west-1', metadata: {} },
    ]);
    const kept = await service.call({ url: `/v1/imports/${report.id}` });
    expect(JSON.parse(kept.body)).toMatchObject({ ...report, createdAt: expect.any(String) as string });
    const errors = await service.call({ url: `/v1/imports/${report.id}/errors` });
    expect(errors.body.trim().split('\n')).toHaveLength(3);
  });

  it('checks everything and writes nothing in a dry run', async () => {
    const row = '000000000101,us-east-1,dry,a,,,';
    const csv = [HEADER, row, 'x,us-east-1,dry,b,,,', row, row.replace('101', '102'), ''].join('\n');
    const { status, report } = await upload(csv, { query: '?dryRun=true' });
    expect(status).toBe(200);
    expect(report).toMatchObject({ rows: 4, accepted: 1, duplicates: 1, rejected: 2 });
    const list = await service.call({ url: '/v1/onboardings?q=dry/' });
    expect((JSON.parse(list.body) as { items: unknown[] }).items).toEqual([]);
    expect((await service.call({ url: `/v1/imports/${report.id}` })).statusCode).toBe(404);
  });

  it('takes NDJSON, one request a line', async () => {
    const lines = [
      JSON.stringify({
        account: '000000000101',
        region: 'us-east-1',
        eventNamespace: 'nd',
        eventName: 'a',
        metadata: { k: 'v' },
      }),
      '',
      'not json',
      '[1]',
      JSON.stringify({
        account: '000000000101',
        region: 'us-east-1',
        eventNamespace: 'nd',
        eventName: 'b',
        lane: 'live',
      }),
    ].join('\n');
    const { status, report } = await upload(lines, { type: 'application/x-ndjson' });
    expect(status).toBe(202);
    expect(report).toMatchObject({ rows: 4, accepted: 2, rejected: 2 });
    expect(report.errors.map(({ row, code }) => [row, code])).toEqual([
      [2, 'unreadable_row'],
      [3, 'invalid_type'],
    ]);
  });

  it('says which columns are missing before it takes a row', async () => {
    const reply = await service.call({
      method: 'POST',
      url: '/v1/imports',
      payload: 'account,name\n1,2\n',
      headers: { 'content-type': 'text/csv' },
    });
    expect(reply.statusCode).toBe(400);
    expect(JSON.parse(reply.body)).toMatchObject({ code: 'invalid_request', field: 'header' });
    expect(reply.body).toContain('region');
  });

  it.each([
    ['an empty file', ''],
    ['a header that is not UTF-8', Buffer.from([0xff, 0xfe, 0x61])],
    ['a blank line', '\n'],
    ['a header with a column twice', 'account,region,sourceName,account\n'],
    ['a header of 201 columns', `${HEADER}${','.repeat(194)}\n`],
    ['a header line of a million commas', ','.repeat(1_000_000)],
  ])('answers 400 for %s', async (_what, payload) => {
    const reply = await service.call({
      method: 'POST',
      url: '/v1/imports',
      payload,
      headers: { 'content-type': 'text/csv' },
    });
    expect(reply.statusCode).toBe(400);
  });

  it('keeps what came before a broken quote, and says where it broke', async () => {
    const { status, report } = await upload(
      `${HEADER}\n000000000101,us-east-1,broken,a,,,\n000000000101,us-east-1,broken,"b,,,\n`,
    );
    expect(status).toBe(202);
    expect(report).toMatchObject({ accepted: 1, rejected: 1 });
    expect(report.errors[0]).toMatchObject({ row: 2, code: 'unreadable_row' });
  });

  it('rejects a line that is too long, and continues after it', async () => {
    const good = '000000000101,us-east-1,commas,a,,,';
    const { status, report } = await upload([HEADER, good, ','.repeat(100_000), good].join('\n'));
    expect(status).toBe(202);
    expect(report).toMatchObject({
      rows: 3,
      accepted: 1,
      duplicates: 1,
      errors: [{ row: 2, line: 3, code: 'unreadable_row' }],
    });
  });

  it('takes files whose lines end as old ones do', async () => {
    const rows = Array.from({ length: 2_000 }, (_, n) => `000000000101,us-east-1,cr,n${n},,,`);
    const { report } = await upload([HEADER, ...rows].join('\r'), { query: '?dryRun=true' });
    expect(report).toMatchObject({ rows: 2_000, rejected: 0 });
  });

  it('keeps what came before bytes that are not UTF-8', async () => {
    const line = JSON.stringify({
      account: '000000000101',
      region: 'us-east-1',
      eventNamespace: 'utf',
      eventName: 'a',
    });
    const { status, report } = await upload(
      Buffer.concat([Buffer.from(`${line}\n{"account":"`), Buffer.from([0xff])]),
      {
        type: 'application/x-ndjson',
      },
    );
    expect(status).toBe(202);
    expect(report).toMatchObject({ accepted: 1, errors: [{ row: 2, line: 2, code: 'invalid_text' }] });
  });

  it('shows the first 1,000 errors and says that there are more', async () => {
    const rows = Array.from({ length: 1_500 }, (_, n) => `${n},us-east-1,many,n${n},,,`);
    const { report } = await upload([HEADER, ...rows].join('\n'));
    expect(report).toMatchObject({ rows: 1_500, accepted: 0, rejected: 1_500, errorsTruncated: true });
    expect(report.errors).toHaveLength(1_000);
  });

  it('reads what our own CSV says as it was before formulas were guarded', async () => {
    const hostile = fc.string({ unit: fc.constantFrom(...'=+-@＝＠;,\'" \u00a0a1'.split('')), minLength: 1 });
    let files = 0;
    const roundTrip = async (customers: readonly string[]): Promise<void> => {
      files += 1;
      const names = customers.map((_, index) => `aws.partner/acme.example/guarded/f${files}/n${index}`);
      const csv = csvText({
        head: ['account', 'region', 'sourceName', 'customerId', 'metadata.note'],
        rows: customers.map((id, index) => ['000000000101', 'us-east-1', names[index], id, id]),
      });
      expect((await upload(csv)).report).toMatchObject({ accepted: customers.length, rejected: 0 });
      const list = await service.call({ url: `/v1/onboardings?q=guarded/f${files}/&limit=200` });
      const { items } = JSON.parse(list.body) as { items: Onboarding[] };
      const byName = new Map(items.map((item) => [item.sourceName as string, item]));
      const read = names.map((name) => byName.get(name));
      expect(read.map((item) => item?.customerId)).toEqual(customers);
      expect(read.map((item) => item?.metadata['note'])).toEqual(customers);
    };
    await roundTrip(['=1+1', "'=1+1", ' =1', '＝1', 'a;=1;b', "a;'=1", '-5', '+49 30 1', "it's", "'quoted'"]);
    await fc.assert(fc.asyncProperty(fc.array(hostile, { minLength: 20, maxLength: 40 }), roundTrip), {
      numRuns: 5,
    });
  });
});

describe('an upload over the wire', () => {
  const ROWS = 1_600;
  const file = [HEADER, ...Array.from({ length: ROWS }, (_, n) => `000000000101,us-east-1,wire,n${n},,,`)];

  /** A service whose jobs nobody runs, and an upload that sends as many lines of the file as it is told. */
  async function open(databaseThrough: (url: string) => string = (url) => url): Promise<{
    service: RunningService;
    upload: ClientRequest;
    send: (until: number) => void;
    there: () => Promise<{ rows: number; jobs: number }>;
  }> {
    const own = await startService({ workers: [], databaseThrough });
    const door = await openFrontDoor('127.0.0.1', 0);
    onTestFinished(() => door.close(0));
    door.admit((incoming, response) => own.app.routing(incoming, response));
    const sending = httpRequest(`${door.url}/v1/imports`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKENS.operator}`, 'content-type': 'text/csv' },
    });
    let sent = 0;
    return {
      service: own,
      upload: sending,
      send(until) {
        sending.write(`${file.slice(sent, until).join('\n')}\n`);
        sent = until;
      },
      async there() {
        const stats = JSON.parse((await own.call({ url: '/v1/stats' })).body) as {
          byStatus: Record<string, number>;
          regions: { waiting: number }[];
        };
        return {
          rows: Object.values(stats.byStatus).reduce((sum, count) => sum + count, 0),
          jobs: stats.regions.reduce((sum, { waiting }) => sum + waiting, 0),
        };
      },
    };
  }

  it('can break off and come again: every row is there once, with one job', async () => {
    const { service: own, upload: broken, send, there } = await open();
    broken.on('error', () => undefined);
    send(1_201);
    await eventually(async () => (await there()).jobs === 1_000, { withinMs: 90_000, everyMs: 50 });
    broken.destroy();
    const again = await own.call({
      method: 'POST',
      url: '/v1/imports',
      payload: file.join('\n'),
      headers: { 'content-type': 'text/csv' },
    });
    expect(JSON.parse(again.body)).toMatchObject({ rows: ROWS, accepted: ROWS - 1_000, duplicates: 1_000 });
    expect(await there()).toEqual({ rows: ROWS, jobs: ROWS });
  });

  it('gives the first 10,000 rows of a large one their jobs, and leaves the others to maintenance', async () => {
    const { service: own, upload: unused, there } = await open();
    unused.on('error', () => undefined).destroy();
    const rows = Array.from({ length: 10_700 }, (_, n) => `000000000101,us-east-1,large,n${n},,,`);
    rows.push('000000000101,us-east-1,large,waits,,,live');
    const reply = await own.call({
      method: 'POST',
      url: '/v1/imports',
      payload: [HEADER.replace('notes', 'lane'), ...rows].join('\n'),
      headers: { 'content-type': 'text/csv' },
    });
    expect(JSON.parse(reply.body)).toMatchObject({ rows: 10_701, accepted: 10_701 });
    // The live one is not left: a person waits for it.
    expect(await there()).toEqual({ rows: 10_701, jobs: 10_001 });
  });

  it('waits while the ledger is away, and counts every row once', async () => {
    const proxy = await openTcpProxy();
    const { service: own, upload: waiting, send, there } = await open((url) => proxy.through(url));
    const answered = once(waiting, 'response');
    send(601);
    await eventually(async () => (await there()).jobs === 500, { withinMs: 90_000, everyMs: 50 });
    proxy.cut();
    send(ROWS + 1);
    await eventually(() => own.log.lines.some(({ message }) => message === 'intake.ledger_unavailable'));
    proxy.heal();
    waiting.end();
    const [reply] = (await answered) as [Readable & { statusCode: number }];
    expect(reply.statusCode).toBe(202);
    expect(await json(reply)).toMatchObject({ rows: ROWS, accepted: ROWS, duplicates: 0 });
    expect(await there()).toEqual({ rows: ROWS, jobs: ROWS });
  });
});
