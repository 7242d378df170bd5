import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { AUDIT_ACTIONS, type AuditEntry } from '../../../domain/audit.ts';
import { isReplayId } from '../../../domain/ids.ts';
import { counted } from '../../format.ts';
import type { PagesDeps } from '../../deps.ts';
import { listRoute, type ListView } from '../../list-route.ts';
import { anyText, hrefOf, instantField, oneOf } from '../../query.ts';
import type { Page } from '../../page.ts';
import { Empty, Results } from '../../views/lists.tsx';
import { FilterFields } from '../../views/forms.tsx';
import { Icon } from '../../views/icon.tsx';
import { Time } from '../../views/values.tsx';
import { ACTION_WORDS, subjectHref } from './actions.ts';
import { differencesOf } from './difference.ts';

const FIELDS = {
  actor: anyText('Enter a token’s name, at most 200 characters.'),
  action: oneOf(AUDIT_ACTIONS),
  subject: anyText('Enter an id or a Region.'),
  replayId: z.string().refine(isReplayId, 'Enter a replay id: rpl_ and 26 characters.'),
  from: instantField,
  to: instantField,
};

/** Who did what, when and why, and what it changed. */
export function auditRoute(app: FastifyInstance, { operator: { ledger }, respond }: PagesDeps): void {
  listRoute(app, respond, {
    path: '/audit',
    fields: FIELDS,
    // One entry stands for all members of a bulk replay, until it is opened or one of them is asked for.
    list: (filter, page) =>
      ledger.listAudit(
        filter.subject === undefined && filter.replayId === undefined ? { ...filter, folded: true } : filter,
        page,
      ),
    show: auditPage,
  });
}

const FILTERS = [
  { name: 'actor', label: 'Actor', hint: 'token name' },
  { name: 'action', label: 'Action', choices: AUDIT_ACTIONS },
  { name: 'subject', label: 'Subject', hint: 'id or Region' },
  { name: 'replayId', label: 'Members of', hint: 'rpl_…' },
  { name: 'from', label: 'From, UTC', hint: '2026-11-25 13:00' },
  { name: 'to', label: 'To, UTC', hint: '2026-11-25 14:00' },
] as const;

type AuditView = ListView<typeof FIELDS, AuditEntry>;

function auditPage(view: AuditView): Page {
  return {
    title: 'Audit',
    body: (
      <>
        <div>
          <h1>Audit</h1>
          <p class="faint">Who did what, when and why. Entries are kept permanently and cannot be changed.</p>
        </div>
        <form role="search" action="/audit">
          <FilterFields path="/audit" view={view} fields={FILTERS} />
        </form>
        <Results
          path="/audit"
          list={view}
          refresh={1}
          empty={
            <Empty title="No operator actions yet">
              Replays, cancels, pauses, drains, imports and logins are listed here with their reasons.
            </Empty>
          }
        >
          <ol id="audit-entries" class="marked entries">
            {view.page.items.map((entry) => (
              <Entry key={entry.id} entry={entry} />
            ))}
          </ol>
        </Results>
      </>
    ),
  };
}

function Entry({ entry }: { entry: AuditEntry }) {
  const { id, at, actor, action, subject, reason } = entry;
  const [words, icon] = ACTION_WORDS[action];
  const href = subjectHref(entry);
  const isOfConsole = action === 'login' || action === 'logout';
  const what = isOfConsole ? null : <code class="breaks">{subject}</code>;
  return (
    <li id={`entry-${id}`} class="idle">
      <span class="marker">
        <Icon name={icon} />
      </span>
      <div>
        <p class="row close">
          <a class="plain" href={hrefOf('/audit', { actor })}>
            <b>{actor}</b>
          </a>
          <span>{words}</span>
          {href === undefined ? (
            what
          ) : (
            <a class="plain" href={href}>
              {what}
            </a>
          )}
          <span class="end">
            <Time at={at} />
          </span>
        </p>
        {reason === null ? null : <p class="breaks">{reason}</p>}
        <Changes entry={entry} />
        {entry.action === 'startReplay' ? (
          <a href={hrefOf('/audit', { replayId: subject })}>
            View {counted(entry.after.matched, 'replayed onboarding')}
          </a>
        ) : null}
      </div>
    </li>
  );
}

function Changes({ entry: { before, after } }: { entry: AuditEntry }) {
  const changes = differencesOf(before, after);
  if (changes.length === 0) return null;
  return (
    <ul class="changes row small">
      {changes.map((change) => (
        <li key={change.name} class="row close">
          <span class="faint">{change.name}</span>
          {change.before === undefined ? null : <del>{change.before}</del>}
          {change.before === undefined || change.after === undefined ? null : (
            <span aria-hidden="true">→</span>
          )}
          {change.after === undefined ? null : <ins>{change.after}</ins>}
        </li>
      ))}
    </ul>
  );
}
