import type { AuditEntry } from '../../../domain/audit.ts';
import { count } from '../../format.ts';
import { usePage, type Page } from '../../page.ts';
import { Csrf } from '../../views/forms.tsx';
import { Icon } from '../../views/icon.tsx';
import { Empty, Table, type Column } from '../../views/lists.tsx';
import { Command, Time } from '../../views/values.tsx';

/** Where a file is chosen, and the imports before. */
export function importsPage(recent: readonly AuditEntry[]): Page {
  return {
    title: 'Imports',
    body: (
      <>
        <div>
          <h1>Imports</h1>
          <p class="faint">
            Onboard the customers of a CSV file. A dry run comes first; nothing is written until you confirm.
          </p>
        </div>
        <ChooseFile />
        <section class="stack">
          <h2>Recent imports</h2>
          <div id="imports" data-live data-refresh="10">
            {recent.length === 0 ? (
              <Empty title="No imports yet" command="npx onboard import customers.csv --dry-run">
                Imports by the console, the API and the command line are listed here.
              </Empty>
            ) : (
              <Table
                id="import-rows"
                items={recent.flatMap(recentOf)}
                columns={COLUMNS}
                version={({ id }) => id}
              />
            )}
          </div>
        </section>
      </>
    ),
  };
}

/** The script sends the file: a form would have to be given it again for each step. */
function ChooseFile() {
  if (usePage().viewer?.mayOperate !== true)
    return <p class="sunk">Importing requires the role operator or admin.</p>;
  return (
    <>
      <noscript>
        <p class="sunk">Choosing a file requires JavaScript. The command line does the same:</p>
        <Command text="npx onboard import customers.csv --dry-run" what="command" />
      </noscript>
      <form class="stack" method="post" action="/imports/check" data-import hidden>
        <Csrf />
        <label class="drop" for="file">
          <Icon name="inbox" />
          <span>
            <b>Choose a CSV file</b> or drop it here
          </span>
          <input id="file" name="file" type="file" accept=".csv,.tsv,.txt,text/csv" />
        </label>
        <p id="sending" class="row close" hidden>
          <progress aria-label="Sent" max="1" value="0" />
          <span class="soft" />
        </p>
        <div id="import-part" class="stack" aria-live="polite" />
      </form>
    </>
  );
}

interface Recent {
  readonly id: string;
  readonly actor: string;
  readonly at: string;
  readonly rows: number;
  readonly accepted: number;
  readonly rejected: number;
}

const recentOf = (entry: AuditEntry): readonly Recent[] =>
  entry.action === 'import' ? [{ id: entry.subject, actor: entry.actor, at: entry.at, ...entry.after }] : [];

const COLUMNS: readonly Column<Recent>[] = [
  {
    name: 'Import',
    class: 'col-source',
    cell: ({ id, actor }) => (
      <a href={`/imports/${id}`} data-open>
        {id}
        <span class="under">{actor}</span>
      </a>
    ),
  },
  { name: 'Rows', class: 'col-number', cell: ({ rows }) => count(rows) },
  { name: 'Accepted', class: 'col-number', cell: ({ accepted }) => count(accepted) },
  { name: 'Rejected', class: 'col-status', cell: ({ rejected }) => `${count(rejected)} rejected` },
  { name: 'Time', class: 'col-time', cell: ({ at }) => <Time at={at} /> },
];
