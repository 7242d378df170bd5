import { describe, expect, it } from 'vitest';
import { keptFilter, type ReplayFilter } from '../../../src/domain/replay.ts';
import { parseReplayRequest } from '../../../src/domain/replay-request.ts';

const id = (n: number): string => `onb_${String(n).padStart(26, '0')}`;
const good = { filter: { status: 'failed' }, reason: 'quota was raised' };

const issuesOf = (input: unknown): string[] => {
  const checked = parseReplayRequest(input);
  return checked.ok ? [] : checked.issues.map(({ field, code }) => `${field} ${code}`);
};

describe('parseReplayRequest', () => {
  it('takes a filter and a reason, and fills in the rest', () => {
    expect(parseReplayRequest(good)).toEqual({
      ok: true,
      value: { ...good, dryRun: false, ratePerSecond: null },
    });
  });

  it('takes everything at once; null means left out, instants are put into UTC, an id twice is one', () => {
    const filter = {
      status: null,
      region: 'us-east-1',
      account: '000000000101',
      customerId: 'c-1',
      errorCode: 'LimitExceededException',
      q: '100%',
      from: '2026-11-25T09:00:00+01:00',
      to: '2026-11-25T09:00:00Z',
      endedFrom: '2026-11-25T08:00:00Z',
      endedTo: '2026-11-25T08:00:00Z',
      ids: [id(1), id(2), id(1)],
    };
    const checked = parseReplayRequest({ filter, dryRun: true, ratePerSecond: 10_000, reason: 'x' });
    const { status, ...rest } = filter;
    expect(status).toBeNull();
    expect(checked).toEqual({
      ok: true,
      value: {
        filter: {
          ...rest,
          from: '2026-11-25T08:00:00.000Z',
          to: '2026-11-25T09:00:00.000Z',
          endedFrom: '2026-11-25T08:00:00.000Z',
          endedTo: '2026-11-25T08:00:00.000Z',
          ids: [id(1), id(2)],
        },
        dryRun: true,
        ratePerSecond: 10_000,
        reason: 'x',
      },
    });
  });

  it('takes several error codes, each once', () => {
    const checked = parseReplayRequest({ filter: { errorCode: ['A', 'B', 'A'] }, reason: 'x' });
    expect(checked).toMatchObject({ ok: true, value: { filter: { errorCode: ['A', 'B'] } } });
  });

  it.each<[string, unknown, readonly string[]]>([
    ['no error code in a list', { ...good, filter: { errorCode: [] } }, ['filter.errorCode required']],
    [
      'error codes that are none',
      { ...good, filter: { errorCode: ['A', '', 7, null] } },
      ['filter.errorCode.1 required', 'filter.errorCode.2 invalid_type', 'filter.errorCode.3 invalid_type'],
    ],
    [
      'too many error codes',
      { ...good, filter: { errorCode: Array.from({ length: 51 }, String) } },
      ['filter.errorCode too_many_entries'],
    ],
    ['an empty text, which would match everything', { ...good, filter: { q: '' } }, ['filter.q required']],
    [
      'texts of nothing',
      { filter: { region: '', customerId: ' ', errorCode: '', q: '  ' }, reason: ' ' },
      [
        'filter.region required',
        'filter.customerId required',
        'filter.errorCode required',
        'filter.q required',
        'reason required',
      ],
    ],
    ['no object', [], ['body invalid_type']],
    ['nothing', undefined, ['body invalid_type']],
    ['no member', {}, ['filter required', 'reason required']],
    ['a filter that is no object', { ...good, filter: 'failed' }, ['filter invalid_type']],
    ['an empty filter', { ...good, filter: {} }, ['filter required']],
    ['a filter of nulls', { ...good, filter: { region: null } }, ['filter required']],
    ['another status', { ...good, filter: { status: 'retrying' } }, ['filter.status invalid_status']],
    ['a wrong account', { ...good, filter: { account: '42' } }, ['filter.account invalid_account']],
    ['a number for a text', { ...good, filter: { customerId: 1 } }, ['filter.customerId invalid_type']],
    ['a control character', { ...good, filter: { q: 'a\u0000' } }, ['filter.q invalid_text']],
    ['a long text', { ...good, filter: { q: 'a'.repeat(201) } }, ['filter.q too_long']],
    ['an unknown member', { ...good, filter: { regoin: 'x' } }, ['filter.regoin unknown_field']],
    [
      'a reserved member',
      JSON.parse('{"filter":{"__proto__":1},"reason":"x"}'),
      ['filter.__proto__ reserved_key'],
    ],
    ['ids that are no list', { ...good, filter: { ids: id(1) } }, ['filter.ids invalid_type']],
    ['no ids', { ...good, filter: { ids: [] } }, ['filter.ids required']],
    [
      'a wrong id',
      { ...good, filter: { ids: [id(1), 'rpl_1', 7] } },
      ['filter.ids.1 invalid_id', 'filter.ids.2 invalid_id'],
    ],
    [
      'an end before its beginning',
      { ...good, filter: { from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' } },
      ['filter.from conflicting_fields'],
    ],
    ['a dry run in quotes', { ...good, dryRun: 'true' }, ['dryRun invalid_type']],
    ['no reason', { ...good, reason: '' }, ['reason required']],
    ['a long reason', { ...good, reason: 'x'.repeat(501) }, ['reason too_long']],
    ['another member', { ...good, why: 'x' }, ['why unknown_field']],
  ])('refuses %s', (_what, input, expected) => {
    expect(issuesOf(input)).toEqual(expected);
  });

  it.each([0, 10_001, 1.5, -1, '5', NaN])('refuses %s onboardings a second', (ratePerSecond) => {
    expect(issuesOf({ ...good, ratePerSecond })).toEqual(['ratePerSecond out_of_range']);
  });

  it('takes ten thousand ids, and no more; of many wrong ones it names the first few', () => {
    const ids = Array.from({ length: 10_001 }, (_, n) => id(n));
    expect(issuesOf({ ...good, filter: { ids } })).toEqual(['filter.ids too_many_entries']);
    expect(issuesOf({ ...good, filter: { ids: ids.slice(1) } })).toEqual([]);
    expect(issuesOf({ ...good, filter: { ids: ids.slice(1).map((one) => `${one}x`) } })).toHaveLength(20);
  });
});

describe('keptFilter', () => {
  it('keeps a hundred ids, and everything else', () => {
    const ids = Array.from({ length: 150 }, (_, n) => id(n)) as unknown as ReplayFilter['ids'];
    expect(keptFilter({ region: 'us-east-1' })).toEqual({ region: 'us-east-1' });
    expect(keptFilter({ region: 'us-east-1', ids: ids! })).toEqual({
      region: 'us-east-1',
      ids: ids!.slice(0, 100),
    });
  });
});
