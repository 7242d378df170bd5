import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { onboardingColumns } from '../../../../src/cli/view/onboarding.ts';
import { sparkline } from '../../../../src/cli/commands/failures.ts';
import { tableOf, tableText, type Reader } from '../../../../src/cli/view/table.ts';
import { relativeTime } from '../../../../src/cli/view/text.ts';
import type { Onboarding } from '../../../../src/domain/onboarding.ts';
import { onboardingJson } from '../../../support/scripted-api.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const reader = (columns: number, color = false): Reader => ({ page: { columns, color }, now: () => NOW });

const onboarding = (more: object = {}): Onboarding =>
  onboardingJson({
    sourceName: 'aws.partner/acme.example/tenant-10094/production/payments',
    customerId: '東海 Energy GmbH & Co. KG with a long name',
    error: {
      code: 'ConcurrentModificationException',
      kind: 'transient',
      message: '',
      retryable: true,
      at: '',
    },
    createdAt: '2026-03-01T11:57:00.000Z',
    ...more,
  }) as unknown as Onboarding;

describe('a table in a terminal', () => {
  test.each([80, 100, 120, 200])('is never wider than %i columns, and shows ids whole', (columns) => {
    const list = [onboarding(), onboarding({ customerId: null, error: null })];
    const { text } = tableOf(onboardingColumns(list), reader(columns));
    for (const line of text.trimEnd().split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
    expect(text.match(/onb_01kaqk3v6m8x2c5d7f9h1j3n5q/g)).toHaveLength(2);
  });

  test('keeps customer, Region and both ends of a source, and says what it left out', () => {
    const narrow = tableOf(onboardingColumns([onboarding()]), reader(80));
    expect(narrow.text).toMatch(/…\S*payments/);
    expect(narrow.leftOut).toContain('ACCOUNT');
    expect(narrow.text.split('\n')[0]).toMatch(/REGION +SOURCE +CUSTOMER/);
    for (const line of narrow.text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect(tableText(onboardingColumns([onboarding()]), reader(200))).toContain('3m ago');
  });

  test('elsewhere is whole and exact', () => {
    const { text, leftOut } = tableOf(onboardingColumns([onboarding()]));
    expect(leftOut).toEqual([]);
    for (const whole of ['production/payments', 'with a long name', '2026-03-01T11:57:00.000Z'])
      expect(text).toContain(whole);
    expect(text).not.toContain('…');
  });

  test('has colors only where there are some', () => {
    const columns = onboardingColumns([onboarding({ status: 'failed' })]);
    expect(tableText(columns, reader(120, true))).toContain('\u001b[31mfailed');
    expect(tableText(columns, reader(120))).not.toContain('\u001b');
  });

  test('never cuts a wide character in half', () => {
    const columns = { head: ['NAME'], rows: [['東海東海東海東海東海東海']], cut: { NAME: 'start' as const } };
    expect(tableText(columns, reader(14))).toBe('NAME\n東海東海東海…\n');
  });
});

test.each([
  ['2026-03-01T11:59:59.900Z', 'now'],
  ['2026-03-01T11:59:18Z', '42s ago'],
  ['2026-03-01T10:01:00Z', '1h ago'],
  ['2026-02-20T12:00:00Z', '9d ago'],
  ['2026-03-01T12:02:00Z', 'in 2m'],
  ['never', 'never'],
])('%s is %s', (instant, told) => {
  expect(relativeTime(instant, NOW)).toBe(told);
});

test('a sparkline shows that something was there', () => {
  expect(sparkline([0, 1, 500, 1_000])).toBe('▁▂▅█');
  expect(sparkline([0, 0])).toBe('▁▁');
});
