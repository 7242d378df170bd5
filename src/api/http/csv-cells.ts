/** What spreadsheets and people do to the cells of a CSV. JSON is not touched: there a value is meant as it stands. */
import { dropFormulaGuards } from '../../domain/formula-guard.ts';
import { shown } from '../../domain/shown.ts';

/** Surrounding blanks are never part of these fields; a customer's name may have them. */
const KEPT_AS_GIVEN = /^(customerId|metadata[.].*)$/;

/** A cell that our own CSV guards is read as it was before; a text that Excel keeps as `="…"` is that text. */
export function cleanCell(
  field: string,
  given: string,
): { readonly text: string; readonly isCleaned: boolean } {
  const unguarded = dropFormulaGuards(given);
  if (KEPT_AS_GIVEN.test(field)) return { text: unguarded, isCleaned: false };
  const text = (/^="(.*)"$/s.exec(unguarded.trim())?.[1] ?? unguarded).trim();
  const bare = field === 'account' && /^[0-9\s-]+$/.test(text) ? text.replace(/[\s-]/g, '') : text;
  return { text: bare, isCleaned: bare !== unguarded };
}

/** Why this account id is none, where a spreadsheet took it for a number; undefined: it did not. */
export function destroyedAccount(account: string): string | undefined {
  const isRounded = /^[0-9]+([.,][0-9]+)?E[+]?[0-9]+$/i.test(account);
  if (!isRounded && !/^[0-9]+[.,]0*$/.test(account)) return undefined;
  return `${shown(account)} is a number that a spreadsheet made of an account id${
    isRounded ? ', and its last digits are lost' : ''
  }: format the column as text and enter the 12 digits again.`;
}

/** Whether a cell is meant to be an account id: quoted or not, with digits missing or changed by a spreadsheet. */
export function holdsAccount(cell: string): boolean {
  const { text } = cleanCell('account', cell.replaceAll('"', ''));
  return /^[0-9]{8,}$/.test(text) || destroyedAccount(text) !== undefined;
}
