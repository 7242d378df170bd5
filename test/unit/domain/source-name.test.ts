import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Checked } from '../../../src/domain/field-issue.ts';
import type { Region } from '../../../src/domain/region.ts';
import {
  buildSourceName,
  deriveSourceArn,
  isArnOfSource,
  isPartnerName,
  parseSourceName,
  type PartnerName,
  SOURCE_NAME_MAX_LENGTH,
  type SourceName,
} from '../../../src/domain/source-name.ts';

const partner = 'acme.example' as PartnerName;
const own = 'aws.partner/acme.example/';
/** Copied from AWS's model and written again here, so that a slip in the source is not repeated in its test. */
const AWS_PATTERN = /^aws\.partner(\/[.\-_A-Za-z0-9]+){2,}$/;
const alphabet = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_');

const segment = fc
  .string({ unit: fc.constantFrom(...alphabet), minLength: 1, maxLength: 20 })
  .filter((text) => !/^\.+$/.test(text));
/** Mostly near the allowed alphabet, so that both answers come up often. */
const nearlyName = fc.string({
  unit: fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom(...alphabet, '/') },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }) },
  ),
  maxLength: 300,
});

const messagesOf = (checked: Checked<SourceName>) =>
  checked.ok ? [] : checked.issues.map((issue) => issue.message);
const codesOf = (checked: Checked<SourceName>) =>
  checked.ok ? [] : checked.issues.map((issue) => `${issue.field} ${issue.code}`);

describe('whatever is sent', () => {
  test('an accepted name is one that AWS accepts, under our prefix and as sent', () => {
    fc.assert(
      fc.property(nearlyName, nearlyName, (namespace, name) => {
        const checked = buildSourceName(partner, namespace, name);
        if (!checked.ok) {
          expect(checked.issues.length).toBeGreaterThan(0);
          return;
        }
        expect(checked.value).toBe(`${own}${namespace}/${name}`);
        expect(checked.value).toMatch(AWS_PATTERN);
        expect(checked.value.length).toBeLessThanOrEqual(256);
      }),
    );
  });

  test('a whole name is accepted as sent or not at all', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          nearlyName,
          nearlyName.map((rest) => own + rest),
        ),
        (input) => {
          const checked = parseSourceName(partner, input);
          if (!checked.ok) return;
          expect(checked.value).toBe(input);
          expect(input).toMatch(AWS_PATTERN);
          expect(input.length).toBeLessThanOrEqual(256);
          expect(input.startsWith(own)).toBe(true);
        },
      ),
    );
  });

  test('parts of allowed characters are accepted, and reading the built name gives it back', () => {
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 6 }), segment, (segments, name) => {
        const built = buildSourceName(partner, segments.join('/'), name);
        expect(built.ok).toBe(true);
        if (built.ok) expect(parseSourceName(partner, built.value)).toEqual(built);
      }),
    );
  });

  test('both ways in judge alike', () => {
    fc.assert(
      fc.property(nearlyName, segment, (namespace, name) => {
        expect(buildSourceName(partner, namespace, name).ok).toBe(
          parseSourceName(partner, `${own}${namespace}/${name}`).ok,
        );
      }),
    );
  });

  test('a refusal stays short and safe to print', () => {
    const hostile = fc.string({ unit: 'binary', maxLength: 2_000 });
    fc.assert(
      fc.property(hostile, hostile, (namespace, name) => {
        for (const checked of [
          buildSourceName(partner, namespace, name),
          parseSourceName(partner, own + namespace),
        ]) {
          for (const message of messagesOf(checked)) {
            expect(message.length).toBeLessThan(800);
            expect(message).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
          }
        }
      }),
    );
  });
});

describe('a built name', () => {
  test('keeps case, dots, dashes and underscores', () => {
    expect(buildSourceName(partner, 'Prod.eu/CRM_v2', 'Tenant-0042.a')).toEqual({
      ok: true,
      value: `${own}Prod.eu/CRM_v2/Tenant-0042.a`,
    });
  });

  test.each([
    ['an empty namespace segment', 'a//b', 'x', 'eventNamespace invalid_source_name', 'doubled "/"'],
    ['a leading slash', '/a', 'x', 'eventNamespace invalid_source_name', 'leading'],
    ['a slash in the name', 'a', 'x/y', 'eventName invalid_source_name', 'one segment'],
    ['an empty name', 'a', '', 'eventName invalid_source_name', 'empty'],
    ['a name of dots', 'a', '..', 'eventName invalid_source_name', '".." is only dots'],
    ['a namespace of dots', 'a/../b', 'x', 'eventNamespace invalid_source_name', '".." is only dots'],
    ['a space', 'a', 'my name', 'eventName invalid_source_name', '"my name" holds " "'],
    [
      'a line break at the end',
      'a',
      'x\n',
      'eventName invalid_source_name',
      String.raw`"x\n" (has surrounding blanks) holds "\n"`,
    ],
    ['an umlaut', 'käse', 'x', 'eventNamespace invalid_source_name', '"käse" holds "ä"'],
    ['a Kelvin sign, which is no K', 'a', '\u212a', 'eventName invalid_source_name', 'holds'],
    ['an account separator', 'a', 'x:y@z#1', 'eventName invalid_source_name', 'holds ":", "@", "#"'],
  ])('is refused for %s, naming field and segment', (_what, namespace, name, code, says) => {
    const checked = buildSourceName(partner, namespace, name);
    expect(codesOf(checked)).toEqual([code]);
    expect(messagesOf(checked)[0]).toContain(says);
  });

  test('reports bad segments in both parts at once', () => {
    expect(codesOf(buildSourceName(partner, 'a b/c d', 'e f'))).toEqual([
      'eventNamespace invalid_source_name',
      'eventNamespace invalid_source_name',
      'eventName invalid_source_name',
    ]);
  });

  test('names each different bad segment once, and at most twenty', () => {
    expect(codesOf(buildSourceName(partner, '/'.repeat(100_000), 'x'))).toHaveLength(1);
    const many = Array.from({ length: 50 }, (_, index) => `bad ${index}`).join('/');
    expect(codesOf(buildSourceName(partner, many, 'x'))).toHaveLength(20);
  });

  test.each([
    ['one segment', '!'.repeat(1_000_000)],
    [
      'as many bad segments',
      Array.from({ length: 250_000 }, (_, index) => `!${index.toString(36)}`).join('/'),
    ],
    ['as many good ones', 'a/'.repeat(500_000)],
  ])('that is hopelessly long is refused for its length alone: %s', (_what, path) => {
    expect(codesOf(buildSourceName(partner, path, 'x'))).toEqual(['eventName source_name_too_long']);
    expect(codesOf(buildSourceName(partner, 'x', path))).toEqual(['eventName source_name_too_long']);
    expect(codesOf(parseSourceName(partner, own + path))).toEqual(['sourceName source_name_too_long']);
  });

  test('names at most five different bad characters', () => {
    expect(messagesOf(buildSourceName(partner, 'a', '!"§$%&&&'))[0]).toContain(
      String.raw`holds "!", "\"", "§", "$", "%"; allowed`,
    );
  });

  test('may have 256 characters and not one more, and the refusal says how many are left', () => {
    const room = SOURCE_NAME_MAX_LENGTH - own.length;
    const namespace = 'n'.repeat(room - 2);
    expect(buildSourceName(partner, namespace, 'x')).toMatchObject({ ok: true });
    const over = buildSourceName(partner, namespace, 'xy');
    expect(codesOf(over)).toEqual(['eventName source_name_too_long']);
    expect(messagesOf(over)[0]).toContain(`has 257 characters`);
    expect(messagesOf(over)[0]).toContain(`leaves ${room} after "${own}"`);
  });
});

describe('a whole name', () => {
  test.each(['x', 'a/b', 'a/b/c/d'])('may have the parts %s after the partner', (rest) => {
    expect(parseSourceName(partner, own + rest)).toEqual({ ok: true, value: own + rest });
  });

  test.each([
    ['no prefix', 'crm/4711', 'sourceName invalid_source_name', `starts with "${own}"`],
    ['the prefix in capitals', 'AWS.partner/acme.example/x', 'sourceName invalid_source_name', 'lower case'],
    ['another partner', 'aws.partner/evil.example/x', 'sourceName wrong_partner', own],
    ['a longer partner', 'aws.partner/acme.example.evil/x', 'sourceName wrong_partner', own],
    ['the partner alone', 'aws.partner/acme.example', 'sourceName wrong_partner', own],
    ['nothing after the partner', own, 'sourceName invalid_source_name', 'empty'],
    ['a slash at the end', `${own}x/`, 'sourceName invalid_source_name', 'trailing'],
    ['a way out of the prefix', `${own}../evil.example/x`, 'sourceName invalid_source_name', 'only dots'],
  ])('is refused with %s', (_what, input, code, says) => {
    const checked = parseSourceName(partner, input);
    expect(codesOf(checked)).toEqual([code]);
    expect(messagesOf(checked)[0]).toContain(says);
  });
});

describe('a partner name', () => {
  test.each(['acme.example', 'sailpoint.com.test', 'A-1_b'])('can be %s', (name) => {
    expect(isPartnerName(name)).toBe(true);
  });

  test.each(['', 'a/b', '..', 'a b', 'x\n', 'ä.example', 'x'.repeat(129)])('cannot be %j', (name) => {
    expect(isPartnerName(name)).toBe(false);
  });
});

const name = 'aws.partner/acme.example/crm/4711' as SourceName;

describe('a derived ARN', () => {
  test.each([
    ['eu-west-1', 'arn:aws:events:eu-west-1::event-source/aws.partner/acme.example/crm/4711'],
    ['cn-north-1', 'arn:aws-cn:events:cn-north-1::event-source/aws.partner/acme.example/crm/4711'],
    ['us-gov-west-1', 'arn:aws-us-gov:events:us-gov-west-1::event-source/aws.partner/acme.example/crm/4711'],
  ])('in %s names its partition, leaves the account empty and holds aws.partner once', (region, arn) => {
    expect(deriveSourceArn(region as Region, name)).toBe(arn);
  });
});

describe('an ARN', () => {
  const region = 'eu-west-1' as Region;
  const own = deriveSourceArn(region, name);

  test.each([own, own.replace('arn:aws:', 'arn:aws-iso:')])('is of the source that it names: %s', (arn) => {
    expect(isArnOfSource(arn, region, name)).toBe(true);
  });

  test.each([
    `${own}/more`,
    `${own}\n`,
    own.slice(0, -1),
    own.replace('eu-west-1', 'us-east-1'),
    own.replace('::', ':111111111111:'),
    own.replace(':events:', ':sns:'),
    own.replace('arn:aws:', 'arn::'),
    own.replace('arn:aws:', 'arn:AWS '),
    'AAAA',
    '',
  ])('is not: %j', (arn) => {
    expect(isArnOfSource(arn, region, name)).toBe(false);
  });
});
