import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AccountId } from '../../../src/domain/account.ts';
import { asSignupSees, maskAccounts } from '../../../src/domain/as-signup-sees.ts';
import type { ProvisioningError } from '../../../src/domain/codec.ts';
import { storableJson } from '../../../src/domain/json.ts';
import { EFFORT, SEED } from '../../support/random.ts';
import { provisioningError, quotedSql, type LedgerUnderTest } from '../../support/ledger-fixtures.ts';

const OWN = '000000000101' as AccountId;

/** All of the basic plane but NUL, which jsonb does not hold, and halves of pairs. */
const EVERY_CHARACTER = Array.from({ length: 0xd800 - 1 }, (_, index) =>
  String.fromCharCode(index + 1),
).concat(Array.from({ length: 0xffff - 0xdfff }, (_, index) => String.fromCharCode(index + 0xe000)));

const piece = fc.oneof(
  fc.constantFrom(
    '0',
    '1',
    '9',
    '\u0669',
    '\uff10',
    '-',
    '\u2013',
    ' ',
    '\u00a0',
    '\n',
    ':',
    'x',
    'é',
    '🚧',
    '𝟗',
  ),
  fc.constantFrom('0000', '9999', '999999999999', OWN, '0000-0000-0101', '\uff19\uff19\uff19\uff19'),
);

/** The SQL function `onboarding.error_for_signup` against its counterpart in src/domain. */
export function masksAccounts(tested: () => LedgerUnderTest): void {
  const bySql = async (errors: readonly ProvisioningError[]): Promise<unknown[]> => {
    const list = storableJson(errors);
    const rows = await tested().sql(
      `select onboarding.error_for_signup(error, '${OWN}') as seen
       from jsonb_array_elements(${quotedSql(list)}::jsonb) with ordinality as listed (error, place) order by place`,
    );
    return rows.map(({ seen }) => seen);
  };
  const byDomain = (error: ProvisioningError): unknown => asSignupSees({ account: OWN, error }).error;
  const expectAlike = async (messages: readonly string[]): Promise<void> => {
    const errors = messages.map((message) => provisioningError({ message }));
    expect(await bySql(errors)).toEqual(errors.map(byDomain));
  };

  test('an onboarding without an error has none', async () => {
    expect(await tested().sql(`select onboarding.error_for_signup(null, '${OWN}') as seen`)).toEqual([
      { seen: null },
    ]);
  });

  test('every character is masked alike, as a digit and between digits', async () => {
    const uses = EVERY_CHARACTER.map(
      (character) => `${character}99999999999;9999${character}9999${character}9999;${character}${OWN}`,
    );
    const messages = Array.from({ length: Math.ceil(uses.length / 250) }, (_, index) =>
      uses.slice(index * 250, (index + 1) * 250).join(';'),
    );
    await expectAlike(messages);
  });

  test('generated messages are masked alike', async () => {
    const messages = fc.sample(
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
      { seed: SEED, numRuns: 5_000 * EFFORT },
    );
    const masked = messages.filter((message) => maskAccounts(message, OWN) !== message);
    expect(masked.length).toBeGreaterThan(500);
    await expectAlike(messages);
  });
}
