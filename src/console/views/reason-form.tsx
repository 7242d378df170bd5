import type { ComponentChildren } from 'preact';
import { REASON_MAX_LENGTH } from '../reason.ts';
import type { Viewer } from '../surroundings.ts';
import { Csrf } from './csrf.tsx';
import { Icon } from './icon.tsx';

export interface ReasonFormProps {
  /** Where the form goes; it answers 303. */
  readonly action: string;
  readonly viewer: Viewer | undefined;
  /** What the button does, as a verb. */
  readonly verb: string;
  /** What will happen: the preview. */
  readonly children: ComponentChildren;
  /** What else is asked for, before the reason. */
  readonly fields?: ComponentChildren;
  /** Where "Keep it as it is" leads. */
  readonly back: string;
  /** As typed, when it is shown again. */
  readonly reason?: string;
  readonly problem?: string | undefined;
}

/**
 * Every action is confirmed here: what will happen, and why it is done. A page of its own without a script; with one,
 * the same content in a dialog. `#page-action` is what the dialog takes from the page.
 */
export function ReasonForm(props: ReasonFormProps) {
  const { action, viewer, verb, children, fields, back, reason, problem } = props;
  return (
    <section id="page-action" class="page-action">
      {children}
      <form method="post" action={action}>
        <Csrf token={viewer?.csrf ?? ''} />
        {fields}
        <label for="reason">Reason</label>
        <textarea
          id="reason"
          name="reason"
          rows={2}
          required
          autofocus
          maxLength={REASON_MAX_LENGTH}
          aria-invalid={problem === undefined ? undefined : true}
          aria-describedby="reason-note"
        >
          {reason}
        </textarea>
        {problem === undefined ? null : (
          <p class="field-problem" role="alert">
            <Icon name="alert" />
            {problem}
          </p>
        )}
        <p id="reason-note" class="faint">
          Stands in the audit with your name, {viewer?.actor}.
        </p>
        <p class="buttons">
          <button class="primary" type="submit">
            {verb}
          </button>
          <a class="button quiet" href={back} data-close>
            Keep it as it is
          </a>
        </p>
      </form>
    </section>
  );
}
