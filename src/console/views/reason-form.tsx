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
  /** It cannot be undone. */
  readonly isGrave?: boolean;
  /** What the form carries beside the reason. */
  readonly fields?: Readonly<Record<string, string>>;
  /** Further fields, above the reason. */
  readonly more?: ComponentChildren;
  /** What will happen: the preview. */
  readonly children: ComponentChildren;
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
  const { action, viewer, verb, isGrave = false, fields = {}, more, children, back, reason, problem } = props;
  return (
    <section id="page-action" class="page-action">
      {children}
      <form method="post" action={action}>
        <Csrf token={viewer?.csrf ?? ''} />
        {Object.entries(fields).map(([name, value]) => (
          <input key={name} type="hidden" name={name} value={value} />
        ))}
        {more}
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
          <button class={isGrave ? 'primary grave' : 'primary'} type="submit">
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
