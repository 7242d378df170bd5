import { existsSync, readFileSync } from 'node:fs';
import * as sdk from '@aws-sdk/client-eventbridge';
import { describe, expect, it } from 'vitest';
import { ERROR_STEMS } from '../../../src/aws/error-names.ts';
import { adviceFor } from '../../../src/domain/advice.ts';
import { CREATE_ERROR_CODES } from '../../../src/domain/codec.ts';
import { OUTCOME_KINDS } from '../../../src/domain/outcome-kind.ts';

const ROOT = new URL('../../../', import.meta.url);

const OWN_CODES = [
  'AccountConflict',
  'Unsettled',
  'Timeout',
  'ConnectionFailed',
  'UnreadableResponse',
  'CredentialsUnavailable',
  'MalformedJob',
];

/** Every name that the service can store, in each ending that AWS gives it. */
const KNOWN = Object.values(ERROR_STEMS)
  .flat()
  .flatMap((stem) => [stem, `${stem}Exception`, `${stem}Error`]);

const unknown = adviceFor('BrandNewException');

describe('adviceFor', () => {
  it.each([...OWN_CODES, ...CREATE_ERROR_CODES, ...KNOWN])('knows what helps against %s', (code) => {
    expect(adviceFor(code)).not.toBe(unknown);
  });

  it.each(Object.entries(ERROR_STEMS).flatMap(([kind, stems]) => stems.map((stem) => ({ kind, stem }))))(
    'says the same of $stem whatever kind stands beside it',
    ({ stem }) => {
      expect(new Set(OUTCOME_KINDS.map((kind) => adviceFor(stem, kind))).size).toBe(1);
    },
  );

  it('goes by the kind for a name that is not listed', () => {
    expect(adviceFor('UnknownOperationException', 'regionOff').runbook).toBe('docs/runbooks/region-off.md');
    expect(adviceFor('InvalidParameterValue', 'rejected').runbook).toBe('docs/runbooks/rejected.md');
    expect(adviceFor('SomeThrottle', 'throttled').runbook).toBe('docs/runbooks/throttled.md');
    expect(adviceFor('BrandNewException', 'transient')).toBe(unknown);
    expect(adviceFor('constructor')).toBe(unknown);
    expect(adviceFor('')).toBe(unknown);
  });

  it('has something for every error that AWS models for EventBridge, listed or not', () => {
    const names = Object.keys(sdk).filter((name) => name.endsWith('Exception'));
    expect(names.length).toBeGreaterThan(10);
    for (const name of names) expect(adviceFor(name).todo.length, name).toBeGreaterThan(0);
  });

  it('tells a quota from throttling, and gives the text to ask for more', () => {
    const quota = adviceFor('LimitExceededException', 'quota');
    expect(quota).toMatchObject({ side: 'aws', replay: 'afterFix' });
    expect(quota.template).toContain('Requested number: <count>');
    expect(adviceFor('RequestLimitExceeded', 'throttled').template).toBeUndefined();
  });

  it('never calls a replay of a conflict sensible as things are, and says what a success would do', () => {
    const conflict = adviceFor('AccountConflict', 'conflict');
    expect(conflict.replay).toBe('afterFix');
    expect(conflict.meaning).toContain('send one customer’s events to another');
  });

  it('leads to a page that is there and names the error', () => {
    for (const code of [...OWN_CODES, ...KNOWN, 'BrandNewException']) {
      const page = new URL(adviceFor(code).runbook, ROOT);
      expect(existsSync(page), adviceFor(code).runbook).toBe(true);
    }
    for (const code of [...OWN_CODES, ...CREATE_ERROR_CODES]) {
      expect(readFileSync(new URL(adviceFor(code).runbook, ROOT), 'utf8'), code).toContain(code);
    }
  });
});
