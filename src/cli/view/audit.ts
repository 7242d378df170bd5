import type { AuditEntry } from '../../client/audit-answers.ts';
import type { Columns } from './table.ts';

export function auditColumns(entries: readonly AuditEntry[]): Columns {
  return {
    head: ['AT', 'ACTOR', 'ACTION', 'SUBJECT', 'REASON', 'CHANGED', 'ID'],
    rows: entries.map((it) => [
      { instant: it.at },
      it.actor,
      it.action,
      it.subject,
      it.reason,
      changeText(it),
      it.id,
    ]),
    cut: { REASON: 'start', CHANGED: 'start', ACTOR: 'start' },
    spare: ['ID', 'CHANGED'],
  };
}

/** The fields that differ: `status: failed → queued`. */
function changeText({ before, after }: Pick<AuditEntry, 'before' | 'after'>): string | null {
  if (!isFields(before) || !isFields(after)) return null;
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changes = names
    .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    // What fits a table stands in front.
    .sort((one, other) => lengthOf(one, { before, after }) - lengthOf(other, { before, after }))
    .map((name) => `${name}: ${valueText(before[name])} → ${valueText(after[name])}`);
  return changes.length === 0 ? null : changes.join(', ');
}

const lengthOf = (
  name: string,
  { before, after }: Readonly<Record<'before' | 'after', Readonly<Record<string, unknown>>>>,
): number => valueText(before[name]).length + valueText(after[name]).length;

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function valueText(value: unknown): string {
  if (value === null || value === undefined) return '-';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
