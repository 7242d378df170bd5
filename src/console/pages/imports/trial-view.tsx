import type { ComponentChildren } from 'preact';
import { COLUMN_FIELDS, TEMPLATED_FIELDS, type ShownLayout } from '../../../domain/import-layout.ts';
import type { ImportTrial } from '../../../intake/import-rows.ts';
import type { UnusableFile } from '../../deps.ts';
import { counted } from '../../format.ts';
import type { Page } from '../../page.ts';
import { Icon } from '../../views/icon.tsx';
import { ImportFigures, RowErrors } from './import-view.tsx';

/** What a dry run says of a file. `#import-part` is what the script takes from the page. */
export function trialPage({ report, errors, errorsTruncated, sample, layout }: ImportTrial): Page {
  return partPage(
    <>
      <h2 tabIndex={-1}>Dry run: nothing was written yet</h2>
      <ImportFigures report={report} />
      {report.ignoredColumns.length === 0 ? null : (
        <p class="faint breaks">Ignored columns: {report.ignoredColumns.join(', ')}</p>
      )}
      <Sample sample={sample} />
      <RowErrors rejected={report.rejected} errors={errors} errorsTruncated={errorsTruncated} />
      <LayoutFields layout={layout} isOpen={report.accepted === 0} />
      <p class="row close">
        <button type="submit">Check again</button>
        {report.accepted === 0 ? null : (
          <button class="primary" type="submit" data-confirm>
            Import {counted(report.accepted, 'onboarding')}
          </button>
        )}
      </p>
    </>,
  );
}

/** Why none of its rows can be read, and the fields that may change that. */
export function unusablePage({ problems, layout }: UnusableFile): Page {
  return partPage(
    <>
      <h2 tabIndex={-1}>The file cannot be imported yet</h2>
      <ul class="stack">
        {problems.map((problem) => (
          <li key={problem} class="field-problem beside breaks">
            <Icon name="alert" />
            <span>{problem}</span>
          </li>
        ))}
      </ul>
      {layout.columns.length === 0 ? null : <LayoutFields layout={layout} isOpen />}
      <p class="row close">
        <button class="primary" type="submit">
          Check again
        </button>
      </p>
    </>,
  );
}

const partPage = (content: ComponentChildren): Page => ({
  title: 'Import',
  body: (
    <div id="import-part" class="stack" aria-live="polite">
      {content}
    </div>
  ),
});

/** The first rows as they would be submitted. */
function Sample({ sample }: { sample: readonly unknown[] }) {
  const rows = sample.map((row) => new Map(flat(row)));
  const names = [...new Set(rows.flatMap((row) => [...row.keys()]))];
  if (names.length === 0) return null;
  return (
    <section class="stack">
      <h3>First rows, as they would be submitted</h3>
      <div class="wide-table" tabIndex={0} role="region" aria-label="First rows">
        <table>
          <thead>
            <tr>
              {names.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, index) => (
              <tr key={index}>
                {names.map((name) => (
                  <td key={name}>{row.get(name) ?? ''}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

const flat = (row: unknown): [string, string][] =>
  Object.entries(row ?? {}).flatMap(([name, value]: [string, unknown]): [string, string][] =>
    typeof value === 'string'
      ? [[name, value]]
      : flat(value).map(([key, text]): [string, string] => [`${name}.${key}`, text]),
  );

const DELIMITERS = [
  [',', 'comma'],
  [';', 'semicolon'],
  ['\t', 'tab'],
  ['|', 'pipe'],
] as const;

/** Which column fills which field, and what fills it otherwise. The names are those of the API's parameters. */
function LayoutFields({ layout, isOpen }: { layout: ShownLayout; isOpen: boolean }) {
  const mapped = Object.entries(layout.map).filter(([field]) => field.startsWith('metadata.'));
  return (
    <details class="panel" open={isOpen}>
      <summary>
        <b>Columns</b>
      </summary>
      <div class="mapping">
        <label>
          <span>Delimiter</span>
          <select name="delimiter">
            {DELIMITERS.some(([character]) => character === layout.delimiter) ? null : (
              <option selected>{layout.delimiter}</option>
            )}
            {DELIMITERS.map(([character, name]) => (
              <option key={name} value={name} selected={character === layout.delimiter}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </div>
      {COLUMN_FIELDS.map((field) => (
        <MappedField key={field} field={field} layout={layout} />
      ))}
      {mapped.map(([field, column]) => (
        <input key={field} type="hidden" name={`map.${field}`} value={column} />
      ))}
      <p class="faint mapping-note">
        A template such as <code>{'customers/{customerId}'}</code> is made of fields and columns. A default
        fills empty cells and missing columns.
      </p>
    </details>
  );
}

function MappedField({ field, layout }: { field: (typeof COLUMN_FIELDS)[number]; layout: ShownLayout }) {
  const templated = TEMPLATED_FIELDS.find((one) => one === field);
  const name = templated ?? `default.${field}`;
  const what = templated === undefined ? 'default' : 'template';
  const value = templated === undefined ? layout.default[field] : (layout[templated] ?? undefined);
  return (
    <div class="mapping">
      <label>
        <span>{field}</span>
        <select name={`map.${field}`} aria-label={`Column of ${field}`}>
          <option value="">no column</option>
          {[...new Set(layout.columns)]
            .filter((column) => column !== '')
            .map((column) => (
              <option key={column} value={column} selected={layout.map[field] === column}>
                {column}
              </option>
            ))}
        </select>
      </label>
      <input
        name={name}
        value={value}
        placeholder={what}
        aria-label={`${what} of ${field}`}
        autocomplete="off"
        spellcheck={false}
      />
    </div>
  );
}
