import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { METADATA_MAX_BYTES, METADATA_MAX_PAIRS } from '../../../src/domain/metadata.ts';
import {
  parseOnboardingRequest,
  REQUEST_FIELDS,
  type RequestRules,
} from '../../../src/domain/onboarding-request.ts';
import type { Region } from '../../../src/domain/region.ts';
import type { PartnerName } from '../../../src/domain/source-name.ts';

const rules: RequestRules = {
  partner: 'acme.example' as PartnerName,
  regions: ['us-east-1', 'eu-west-1'] as Region[],
  defaultLane: 'live',
};
const good = {
  account: '000000000101',
  region: 'eu-west-1',
  eventNamespace: 'crm',
  eventName: 'tenant-4711',
};

/** `field code` of every issue; empty when the request is accepted. */
const issuesOf = (input: unknown): string[] => {
  const checked = parseOnboardingRequest(input, rules);
  return checked.ok ? [] : checked.issues.map((issue) => `${issue.field} ${issue.code}`);
};
const messageOf = (input: unknown): string => {
  const checked = parseOnboardingRequest(input, rules);
  return checked.ok ? '' : checked.issues.map((issue) => issue.message).join('\n');
};
const accepted = (input: unknown) => {
  const checked = parseOnboardingRequest(input, rules);
  if (!checked.ok) throw new Error(JSON.stringify(checked.issues));
  return checked.value;
};

describe('a good request', () => {
  test('is read with everything it left out said plainly', () => {
    expect(accepted(good)).toEqual({
      account: '000000000101',
      region: 'eu-west-1',
      sourceName: 'aws.partner/acme.example/crm/tenant-4711',
      customerId: null,
      lane: 'live',
      metadata: {},
      callbackUrl: null,
    });
  });

  test('keeps everything it sent', () => {
    const all = {
      account: '123456789012',
      region: 'us-east-1',
      sourceName: 'aws.partner/acme.example/Tenant_1',
      customerId: ' Käse & Söhne 🧀 ',
      lane: 'bulk',
      metadata: { plan: 'gold', 'note.de': '<b>„ü“</b>', empty: '' },
      callbackUrl: 'https://hooks.acme.example:8443/done?x=1',
    };
    expect(accepted(all)).toEqual(all);
  });

  test('may say null for what it leaves out', () => {
    const nulls = { sourceName: null, customerId: null, lane: null, metadata: null, callbackUrl: null };
    expect(accepted({ ...good, ...nulls })).toEqual(accepted(good));
  });

  test('takes the lane that its way in gives when it names none', () => {
    const bulk = parseOnboardingRequest(good, { ...rules, defaultLane: 'bulk' });
    expect(bulk).toMatchObject({ ok: true, value: { lane: 'bulk' } });
    const own = parseOnboardingRequest({ ...good, lane: 'live' }, { ...rules, defaultLane: 'bulk' });
    expect(own).toMatchObject({ ok: true, value: { lane: 'live' } });
  });
});

describe('a request is refused, field and code named,', () => {
  test.each([
    ['for being a list', [], ['body invalid_type']],
    ['for being null', null, ['body invalid_type']],
    ['for being text', 'account=1', ['body invalid_type']],
    ['for being a number', 7, ['body invalid_type']],
    [
      'for being empty: each missing field at once',
      {},
      ['account required', 'region required', 'eventNamespace required', 'eventName required'],
    ],
    ['for a number as account', { ...good, account: 101 }, ['account invalid_type']],
    ['for a short account', { ...good, account: '101' }, ['account invalid_account']],
    ['for a Region that is not ours', { ...good, region: 'ap-south-1' }, ['region region_not_registered']],
    ['for an empty namespace', { ...good, eventNamespace: '' }, ['eventNamespace required']],
    ['for an empty name', { ...good, eventName: '' }, ['eventName required']],
    ['for a number as name', { ...good, eventName: 1 }, ['eventName invalid_type']],
    ['for a list as namespace', { ...good, eventNamespace: ['a'] }, ['eventNamespace invalid_type']],
    ['for traversal', { ...good, eventNamespace: '../..' }, ['eventNamespace invalid_source_name']],
    ['for a slash in the name', { ...good, eventName: '../x' }, ['eventName invalid_source_name']],
    [
      'for both ways of naming',
      { ...good, sourceName: 'aws.partner/acme.example/x' },
      ['sourceName conflicting_fields'],
    ],
    [
      'for a whole name with a namespace',
      { account: good.account, region: good.region, sourceName: 'x', eventNamespace: 'a' },
      ['sourceName conflicting_fields'],
    ],
    [
      'for a whole name with a name',
      { account: good.account, region: good.region, sourceName: 'x', eventName: 'a' },
      ['sourceName conflicting_fields'],
    ],
    [
      'for a number as whole name',
      { account: good.account, region: good.region, sourceName: 1 },
      ['sourceName invalid_type'],
    ],
    [
      "for another partner's name",
      { account: good.account, region: good.region, sourceName: 'aws.partner/evil.example/x' },
      ['sourceName wrong_partner'],
    ],
    ['for a number as customer', { ...good, customerId: 4711 }, ['customerId invalid_type']],
    ['for a long customer', { ...good, customerId: 'x'.repeat(257) }, ['customerId too_long']],
    ['for NUL', { ...good, customerId: 'a\u0000b' }, ['customerId invalid_text']],
    ['for a line break', { ...good, customerId: 'a\nb' }, ['customerId invalid_text']],
    ['for a terminal command (C1)', { ...good, customerId: '\u009b2J' }, ['customerId invalid_text']],
    ['for DEL', { ...good, customerId: '\u007f' }, ['customerId invalid_text']],
    ['for half an emoji', { ...good, customerId: '\ud83d' }, ['customerId invalid_text']],
    ['for an unknown lane', { ...good, lane: 'fast' }, ['lane invalid_lane']],
    ['for an empty lane', { ...good, lane: '' }, ['lane invalid_lane']],
    ['for metadata as text', { ...good, metadata: 'a=b' }, ['metadata invalid_type']],
    ['for metadata as a list', { ...good, metadata: ['a'] }, ['metadata invalid_type']],
    ['for a number in metadata', { ...good, metadata: { a: 1 } }, ['metadata.a invalid_type']],
    ['for an object in metadata', { ...good, metadata: { a: {} } }, ['metadata.a invalid_type']],
    ['for NUL in metadata', { ...good, metadata: { a: '\u0000' } }, ['metadata.a invalid_text']],
    ['for NUL in a key', { ...good, metadata: { 'a\u0000': '' } }, ['metadata.a\ufffd invalid_text']],
    [
      'for a reserved key',
      { ...good, metadata: { constructor: 'x' } },
      ['metadata.constructor reserved_key'],
    ],
    ['for an unknown field', { ...good, Account: '1' }, ['Account unknown_field']],
    ['for http', { ...good, callbackUrl: 'http://acme.example/' }, ['callbackUrl invalid_url']],
    [
      'for a user name in the address',
      { ...good, callbackUrl: 'https://a:b@c/' },
      ['callbackUrl invalid_url'],
    ],
    ['for a fragment', { ...good, callbackUrl: 'https://c/#x' }, ['callbackUrl invalid_url']],
    ['for a backslash', { ...good, callbackUrl: 'https://c\\@d/' }, ['callbackUrl invalid_url']],
    ['for a space', { ...good, callbackUrl: 'https://c/ d' }, ['callbackUrl invalid_url']],
    ['for no host', { ...good, callbackUrl: 'https:///x' }, ['callbackUrl invalid_url']],
    ['for an impossible port', { ...good, callbackUrl: 'https://c:99999/' }, ['callbackUrl invalid_url']],
    ['for an impossible host', { ...good, callbackUrl: 'https://[/' }, ['callbackUrl invalid_url']],
    ['for an IPv6 address', { ...good, callbackUrl: 'https://[::1]/' }, ['callbackUrl invalid_url']],
    [
      'for a host beyond ASCII',
      { ...good, callbackUrl: 'https://münchen.example/' },
      ['callbackUrl invalid_url'],
    ],
    [
      'for a number that reads as an IPv4 address',
      { ...good, callbackUrl: 'https://1.2/' },
      ['callbackUrl invalid_url'],
    ],
    ['for a script', { ...good, callbackUrl: 'javascript:alert(1)//https://c' }, ['callbackUrl invalid_url']],
    ['for a number as address', { ...good, callbackUrl: 1 }, ['callbackUrl invalid_type']],
    [
      'for a long address',
      { ...good, callbackUrl: `https://c/${'x'.repeat(2_048)}` },
      ['callbackUrl too_long'],
    ],
  ])('%s', (_why, input, issues) => {
    expect(issuesOf(input)).toEqual(issues);
  });

  test('for everything that is wrong at once', () => {
    const bad = {
      account: 1,
      region: 'mars',
      sourceName: 'x',
      customerId: 1,
      lane: 1,
      metadata: 1,
      callbackUrl: 1,
      z: 1,
    };
    expect(issuesOf(bad)).toEqual([
      'account invalid_type',
      'region region_not_registered',
      'sourceName invalid_source_name',
      'customerId invalid_type',
      'lane invalid_lane',
      'metadata invalid_type',
      'callbackUrl invalid_type',
      'z unknown_field',
    ]);
  });

  test('for any single thing that is wrong, all else being right', () => {
    const wrong = {
      account: 1,
      region: 1,
      eventNamespace: 1,
      customerId: 1,
      lane: 1,
      metadata: 1,
      callbackUrl: 1,
    };
    for (const [field, value] of Object.entries(wrong)) {
      expect(issuesOf({ ...good, [field]: value })).toHaveLength(1);
    }
  });

  test('for keys that would pollute a prototype, and pollutes none', () => {
    const polluted: unknown = JSON.parse(
      `{"__proto__":{"account":"${good.account}"},"constructor":1,"prototype":1,` +
        '"region":"eu-west-1","eventNamespace":"a","eventName":"b","metadata":{"__proto__":"x"}}',
    );
    expect(issuesOf(polluted)).toEqual([
      'account required',
      'metadata.__proto__ reserved_key',
      '__proto__ reserved_key',
      'constructor reserved_key',
      'prototype reserved_key',
    ]);
    expect(({} as Record<string, unknown>)['account']).toBeUndefined();
  });
});

describe('limits', () => {
  const pairs = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v']));

  test('metadata holds up to 50 pairs', () => {
    expect(issuesOf({ ...good, metadata: pairs(METADATA_MAX_PAIRS) })).toEqual([]);
    expect(issuesOf({ ...good, metadata: pairs(METADATA_MAX_PAIRS + 1) })).toEqual([
      'metadata too_many_entries',
    ]);
  });

  test.each([
    ['ASCII', 'x'],
    ['two bytes', 'é'],
    ['three bytes', '€'],
    ['four bytes', '🚧'],
  ])('metadata is measured in bytes as JSON: %s', (_what, character) => {
    const size = new TextEncoder().encode(character).length;
    const frame = '{"k":""}'.length;
    const fits = character.repeat(Math.floor((METADATA_MAX_BYTES - frame) / size));
    const filler = 'x'.repeat((METADATA_MAX_BYTES - frame) % size);
    expect(issuesOf({ ...good, metadata: { k: fits + filler } })).toEqual([]);
    expect(issuesOf({ ...good, metadata: { k: `${fits}${filler}x` } })).toEqual(['metadata too_long']);
    expect(messageOf({ ...good, metadata: { k: `${fits}${filler}x` } })).toContain(
      `this has ${METADATA_MAX_BYTES + 1}`,
    );
  });

  test('a customer id holds up to 256 characters and an address up to 2,048', () => {
    expect(issuesOf({ ...good, customerId: 'x'.repeat(256) })).toEqual([]);
    expect(issuesOf({ ...good, callbackUrl: `https://c/${'x'.repeat(2_038)}` })).toEqual([]);
  });

  test('an answer names at most twenty unknown fields and twenty bad pairs, cut to 64 characters', () => {
    const names = Array.from({ length: 500 }, (_, index) => [`${index}`.padStart(100, 'x'), 1]);
    const flood = Object.fromEntries(names) as Record<string, unknown>;
    expect(issuesOf({ ...good, ...flood })).toHaveLength(20);
    expect(issuesOf({ ...good, ...flood })[0]).toBe(`${'x'.repeat(64)} unknown_field`);
    expect(issuesOf({ ...good, metadata: flood })).toHaveLength(20);
    expect(issuesOf({ ...good, metadata: flood })[0]).toBe(`metadata.${'x'.repeat(64)} invalid_type`);
  });

  test('a refusal of an unknown field lists the fields that there are', () => {
    for (const field of REQUEST_FIELDS) expect(messageOf({ ...good, z: 1 })).toContain(field);
  });
});

describe('whatever comes in', () => {
  /** Known field names come up, with values of every type behind them. */
  const nearlyRequest = fc.dictionary(
    fc.oneof(fc.constantFrom(...REQUEST_FIELDS), fc.string()),
    fc.oneof(fc.jsonValue(), fc.constantFrom(...Object.values(good))),
  );

  test.each([
    ['any JSON', fc.jsonValue()],
    ['any object that looks like a request', nearlyRequest],
    [
      'any value that a caller in the same process can make',
      fc.anything({ withBigInt: true, withMap: true, withSet: true, withNullPrototype: true }),
    ],
    [
      'any metadata that a caller in the same process can make',
      fc.anything({ withBigInt: true, withNullPrototype: true }).map((metadata) => ({ ...good, metadata })),
    ],
  ])('%s is accepted or refused with a field, a code and a sentence', (_what, inputs) => {
    fc.assert(
      fc.property(inputs, (input) => {
        const checked = parseOnboardingRequest(input, rules);
        if (checked.ok) {
          expect(checked.value.sourceName).toMatch(/^aws\.partner\/acme\.example\//);
          return;
        }
        expect(checked.issues.length).toBeGreaterThan(0);
        for (const issue of checked.issues) {
          expect(typeof issue.field).toBe('string');
          expect(issue.code).toMatch(/^[a-z_]+$/);
          expect(issue.message).toMatch(/^[A-Z][^\n]+\.?$/);
        }
      }),
    );
  });

  test('the request itself is not changed', () => {
    fc.assert(
      fc.property(nearlyRequest, (input) => {
        const before = structuredClone(input);
        parseOnboardingRequest(input, rules);
        expect(structuredClone(input)).toEqual(before);
      }),
    );
  });
});
