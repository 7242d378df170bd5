import type { ImportAnswer } from '../../client/wire.ts';
import type { Onboarding } from '../../domain/onboarding.ts';
import type { Terminal } from '../terminal.ts';
import { tableText } from '../view/table.ts';
import type { Customer } from './customers-file.ts';

/** A row and how it ended, in the words of the `expect` column. */
export interface RowEnd extends Customer {
  readonly end: string;
}

export interface Verdict {
  readonly ends: readonly RowEnd[];
  /** Repeats that the import reported; it counts them without naming rows. */
  readonly duplicatesReported: number;
  readonly elapsedMs: number;
}

/** Every row ended as its file said before the service started. */
export function asExpected(verdict: Verdict): boolean {
  return mismatches(verdict).length === 0 && duplicatesFound(verdict) === verdict.duplicatesReported;
}

export const mismatches = ({ ends }: Verdict): readonly RowEnd[] =>
  ends.filter(({ end, expect }) => end !== expect);

const duplicatesFound = ({ ends }: Verdict): number => ends.filter(({ end }) => end === 'duplicate').length;

/** Matches the rows with what came of them: the import's report for the rejected, the list for the others. */
export function endsOf(
  customers: readonly Customer[],
  { report, onboardings }: { report: Pick<ImportAnswer, 'errors'>; onboardings: readonly Onboarding[] },
): readonly RowEnd[] {
  const rejections = new Map(report.errors.map(({ row, code }) => [row, code]));
  const byName = new Map(onboardings.map((onboarding) => [keyOf(onboarding), onboarding]));
  const seen = new Set<string>();
  return customers.map((customer) => {
    const rejection = rejections.get(customer.row);
    if (rejection !== undefined) return { ...customer, end: `rejected:${rejection}` };
    const key = keyOf(customer);
    const repeated = seen.has(key);
    seen.add(key);
    if (repeated) return { ...customer, end: 'duplicate' };
    return { ...customer, end: endOf(customer, byName.get(key)) };
  });
}

function endOf(customer: Customer, onboarding: Onboarding | undefined): string {
  if (onboarding === undefined) return 'missing';
  if (onboarding.account !== customer.account) return 'wrong account';
  if (onboarding.status === 'failed') return `failed:${onboarding.error?.code ?? 'without a code'}`;
  if (onboarding.status === 'provisioned' && onboarding.eventSourceArn === null)
    return 'provisioned without an ARN';
  return onboarding.status;
}

const keyOf = ({ region, sourceName }: { region: string; sourceName: string }): string =>
  `${region}\n${sourceName}`;

const MISMATCHES_SHOWN = 20;

export function printVerdict(terminal: Terminal, verdict: Verdict): void {
  printSummary(terminal, verdict);
  printMismatches(terminal, verdict);
}

/** How many rows ended in which way, next to how many were to. */
function printSummary({ out }: Terminal, verdict: Verdict): void {
  const { ends } = verdict;
  const kinds = [...new Set(ends.flatMap(({ end, expect }) => [expect, end]))].sort();
  const rows = kinds.map((kind) => {
    const expected = ends.filter(({ expect }) => expect === kind).length;
    const ended = ends.filter(({ end }) => end === kind).length;
    return [...kind.split(':', 2), ...(kind.includes(':') ? [] : ['']), expected, ended];
  });
  out(`\n${tableText({ head: ['END', 'CODE', 'EXPECTED', 'ENDED'], rows })}`);
  const seconds = (verdict.elapsedMs / 1_000).toFixed(1);
  const well = ends.length - mismatches(verdict).length;
  out(`\n${ends.length} rows in ${seconds} s: ${well} ended as expected, ${ends.length - well} did not.\n`);
}

/** The first rows that ended in another way than their file says. */
function printMismatches({ out, err }: Terminal, verdict: Verdict): void {
  if (asExpected(verdict)) return;
  const wrong = mismatches(verdict);
  if (wrong.length > 0) {
    const rows = wrong
      .slice(0, MISMATCHES_SHOWN)
      .map(({ row, region, sourceName, expect, end }) => [row, region, sourceName, expect, end]);
    out(`\n${tableText({ head: ['ROW', 'REGION', 'SOURCE', 'EXPECTED', 'ENDED'], rows })}`);
    if (wrong.length > rows.length) out(`… and ${wrong.length - rows.length} more\n`);
  }
  const { duplicatesReported } = verdict;
  if (duplicatesFound(verdict) !== duplicatesReported)
    err(
      `The import reported ${duplicatesReported} duplicates; the file holds ${duplicatesFound(verdict)}.\n`,
    );
}
