import type { Finding, FindingStatus } from '../../domain/finding.ts';
import { safeText } from './safe-text.ts';
import { painter, type Style } from './style.ts';
import type { Columns, Reader } from './table.ts';
import { wrapped } from './wrapped.ts';

const STYLES: Readonly<Record<FindingStatus, Style>> = { ok: 'good', warn: 'doubtful', fail: 'bad' };

const INDENT = '      ';

/** A line for each finding, and below it what to do. */
export function findingsText(findings: readonly Finding[], reader: Reader): string {
  const paint = painter(reader.page);
  return findings
    .map(({ check, subject, status, message, fix }) => {
      const where = subject === null ? check : `${check} ${subject}`;
      const line = wrapped(
        `${status.padEnd(4)}  ${safeText(where)}: ${safeText(message)}`,
        reader.page?.columns,
        INDENT,
      );
      const marked = paint(STYLES[status], status) + line.slice(status.length);
      return fix === null
        ? marked
        : `${marked}\n${wrapped(`${INDENT}→ ${safeText(fix)}`, reader.page?.columns, `${INDENT}  `)}`;
    })
    .map((text) => `${text}\n`)
    .join('');
}

export const findingColumns = (findings: readonly Finding[]): Columns => ({
  head: ['STATUS', 'CHECK', 'SUBJECT', 'MESSAGE', 'FIX'],
  rows: findings.map(({ status, check, subject, message, fix }) => [status, check, subject, message, fix]),
});
