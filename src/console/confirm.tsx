/**
 * Every action of an operator goes the same way: a page that says what would happen and asks for the reason (GET), the
 * action (POST), and a redirect to a page with a notice. When it cannot be done, a page says why instead of the form.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ComponentChildren } from 'preact';
import type { OperatorRequest } from '../domain/operator-request.ts';
import { textIssues } from '../domain/text.ts';
import { setNotice, type Notice } from './cookies.ts';
import { NOTHING_HERE } from './pages/problem.tsx';
import { textIn } from './query.ts';
import { usePage, type Page, type Respond } from './page.ts';
import { OPERATED } from './security.ts';
import { Csrf, Problem } from './views/forms.tsx';

/** The form that an operator confirms. */
export interface Question {
  readonly kind: 'question';
  readonly heading: string;
  /** What would happen. */
  readonly preview: ComponentChildren;
  /** The text of the button. */
  readonly verb: string;
  /** It cannot be undone. */
  readonly isGrave?: boolean;
  /** What the form carries beside the reason. */
  readonly hidden?: Readonly<Record<string, string>>;
  /** Further fields, above the reason. */
  readonly fields?: ComponentChildren;
  /** Where the operator came from. */
  readonly back: string;
}

/** Why it cannot be done, or was done in part only. */
export interface Refusal {
  readonly kind: 'refused';
  readonly heading: string;
  readonly explanation: ComponentChildren;
  /** What can be done instead, beside going back. */
  readonly next?: { readonly href: string; readonly text: string } | undefined;
  readonly back: string;
  /** Left out: 200 where it is asked, 409 where it was to be done. */
  readonly status?: number;
}

export interface Done {
  readonly kind: 'done';
  readonly to: string;
  readonly notice: Notice;
}

/** Another field than the reason is wrong: the form is shown again, with this beside it. */
export interface InvalidField {
  readonly kind: 'invalidField';
  readonly problem: string;
}

export interface Action<Subject> {
  /** The address of the form, which is sent to the same address without its query. */
  readonly path: string;
  /** What the request is about; undefined: there is no such thing. */
  readonly find: (request: FastifyRequest) => Promise<Subject | undefined>;
  /** A dry run asks, or says why there is nothing to ask; else it is done. */
  readonly run: (
    subject: Subject,
    order: OperatorRequest,
  ) => Promise<Question | Done | Refusal | InvalidField>;
}

/** What was sent, to be shown again with what is wrong. */
interface Sent {
  readonly reason: string;
  readonly problem: string;
}

/** Registers the form and the action. */
export function confirmAction<Subject>(
  app: FastifyInstance,
  respond: Respond,
  { path, find, run }: Action<Subject>,
): void {
  const answer = async (
    { request, reply }: { request: FastifyRequest; reply: FastifyReply },
    { reason = 'preview', sent }: { reason?: string; sent?: Sent },
  ): Promise<FastifyReply> => {
    const subject = await find(request);
    if (subject === undefined) return respond(request, reply, NOTHING_HERE);
    const dryRun = request.method !== 'POST' || sent !== undefined;
    const result = await run(subject, { actor: request.actor, reason, dryRun });
    const status = !dryRun ? 409 : sent === undefined ? 200 : 400;
    switch (result.kind) {
      case 'question':
        return respond(request, reply, questionPage(result, { action: pathOf(request), sent, status }));
      case 'done':
        setNotice(reply, result.notice);
        return reply.redirect(result.to, 303);
      case 'refused':
        return respond(request, reply, refusalPage(result, status));
      case 'invalidField':
        return answer({ request, reply }, { sent: { reason, problem: result.problem } });
    }
  };
  app.get(path, OPERATED, (request, reply) => answer({ request, reply }, {}));
  app.post(path, OPERATED, (request, reply) => {
    const reason = textIn(request.body, 'reason').replaceAll(/\r?\n/g, ' ');
    const problem = problemOf(reason);
    return answer({ request, reply }, problem === undefined ? { reason } : { sent: { reason, problem } });
  });
}

/** The fields of the form, which is opened with some of them in its address. */
export const sentFields = ({ method, query, body }: FastifyRequest): unknown =>
  method === 'POST' ? body : query;

const pathOf = ({ url }: FastifyRequest): string => url.split('?')[0] ?? url;

/** As the API has it. */
const REASON_MAX_LENGTH = 500;

function problemOf(reason: string): string | undefined {
  if (reason === '') return 'Enter a reason. It is recorded in the audit log.';
  return textIssues(reason, 'reason', { maxLength: REASON_MAX_LENGTH })[0]?.message;
}

/** `#page-action` is what a dialog takes from the page, where scripts run. */
const actionPage = (heading: string, status: number, content: ComponentChildren): Page => ({
  title: heading,
  status,
  body: (
    <section id="page-action" class="page-action stack">
      <h1>{heading}</h1>
      {content}
    </section>
  ),
});

function questionPage(
  { heading, preview, verb, isGrave = false, hidden = {}, fields, back }: Question,
  { action, sent, status }: { action: string; sent: Sent | undefined; status: number },
): Page {
  return actionPage(
    heading,
    status,
    <>
      {preview}
      <form class="stack" method="post" action={action}>
        <Csrf />
        {Object.entries(hidden).map(([name, value]) => (
          <input key={name} type="hidden" name={name} value={value} />
        ))}
        {fields}
        <ReasonField sent={sent} />
        <p class="row close actions">
          <button class={isGrave ? 'primary grave' : 'primary'} type="submit">
            {verb}
          </button>
          <a class="button quiet" href={back} data-close>
            Go back
          </a>
        </p>
      </form>
    </>,
  );
}

function ReasonField({ sent }: { sent: Sent | undefined }) {
  return (
    <>
      <label for="reason">Reason</label>
      <textarea
        id="reason"
        name="reason"
        rows={2}
        required
        autofocus
        maxLength={REASON_MAX_LENGTH}
        aria-invalid={sent === undefined ? undefined : true}
        aria-describedby="reason-note"
      >
        {sent?.reason}
      </textarea>
      {sent === undefined ? null : <Problem text={sent.problem} />}
      <p id="reason-note" class="faint">
        Recorded in the audit log with your name, {usePage().viewer?.actor}.
      </p>
    </>
  );
}

function refusalPage({ heading, explanation, next, back, status }: Refusal, otherwise: number): Page {
  return actionPage(
    heading,
    status ?? otherwise,
    <>
      {explanation}
      <p class="row close actions">
        {next === undefined ? null : (
          <a class="button" href={next.href}>
            {next.text}
          </a>
        )}
        <a class={next === undefined ? 'button' : 'button quiet'} href={back} data-close>
          Go back
        </a>
      </p>
    </>,
  );
}
