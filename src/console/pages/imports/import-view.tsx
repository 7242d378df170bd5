import type { ImportReport, RowIssue } from '../../../domain/import-report.ts';
import { count, counted } from '../../format.ts';
import type { Page } from '../../page.ts';
import { Back } from '../../views/detail.tsx';
import { Fact, Figure } from '../../views/values.tsx';

interface Errors {
  readonly errors: readonly RowIssue[];
  readonly errorsTruncated: boolean;
}

/** One import: what came of its rows, and those that were rejected. */
export function importPage(report: ImportReport, { errors, errorsTruncated }: Errors): Page {
  const { id, rejected, ignoredColumns, createdAt } = report;
  return {
    title: 'Import',
    body: (
      <>
        <Back to="/imports">Imports</Back>
        <h1>Import of {counted(report.rows, 'row')}</h1>
        <ImportFigures report={report} />
        {rejected === 0 || errors.length === 0 ? null : (
          <p class="row close">
            <a class="button" href={`/imports/${id}/rejects`} download>
              Download rejected rows
            </a>
            <span class="faint">Correct the file and import it again.</span>
          </p>
        )}
        <RowErrors rejected={rejected} errors={errors} errorsTruncated={errorsTruncated} />
        <dl class="facts">
          <Fact name="Ended" at={createdAt} />
          <Fact name="Ignored">
            {ignoredColumns.length === 0 ? null : <span class="breaks">{ignoredColumns.join(', ')}</span>}
          </Fact>
          <Fact name="Id" text={id} />
        </dl>
      </>
    ),
  };
}

export function ImportFigures({ report }: { report: ImportReport }) {
  return (
    <dl class="panel figures">
      <Figure tone="none" name="rows" value={report.rows} />
      <Figure tone="good" name="accepted" value={report.accepted} />
      <Figure tone="idle" name="duplicates" value={report.duplicates} note="They are onboarded already" />
      <Figure tone="bad" name="rejected" value={report.rejected} />
      <Figure
        tone="none"
        name="cleaned cells"
        value={report.cleaned}
        note='Spaces, hyphens or Excel’s ="…" were removed'
      />
    </dl>
  );
}

const SHOWN = 50;

export function RowErrors({ rejected, errors, errorsTruncated }: Errors & { readonly rejected: number }) {
  if (rejected === 0) return null;
  if (errors.length === 0) return <p class="faint">The rejected rows are no longer kept.</p>;
  const shown = errors.slice(0, SHOWN);
  const more = errors.length - shown.length;
  return (
    <section class="stack">
      <h3>Errors</h3>
      <ul class="panel lined row-errors">
        {shown.map(({ row, line, field, message }, index) => (
          <li key={`${row} ${index}`}>
            <span class="faint">line {count(line)}</span>
            <code class="breaks">{field}</code>
            <span class="breaks">{message}</span>
          </li>
        ))}
      </ul>
      {more === 0 ? null : (
        <p class="faint">
          and {errorsTruncated ? 'more than ' : ''}
          {count(more)} more
        </p>
      )}
    </section>
  );
}
