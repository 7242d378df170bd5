/** Fields of forms. */
import type { Viewer } from '../page.ts';
import { CSRF_FIELD } from '../security.ts';
import { Icon } from './icon.tsx';

/** Stands in every form that changes something. */
export const Csrf = ({ viewer }: { viewer: Viewer | undefined }) => (
  <input type="hidden" name={CSRF_FIELD} value={viewer?.csrf ?? ''} />
);

/** What is wrong with what was sent. */
export function Problem({ id, text }: { id?: string; text: string }) {
  return (
    <p id={id} class="field-problem beside" role="alert">
      <Icon name="alert" />
      {text}
    </p>
  );
}

interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly value: string | undefined;
}

/** A text field of a list's filters, with what it must be when it could not be understood. */
export function TextField({
  name,
  label,
  value,
  hint,
  problem,
}: FieldProps & { hint?: string | undefined; problem: string | undefined }) {
  return (
    <label>
      {label}
      <input
        type="text"
        name={name}
        value={value}
        placeholder={hint}
        autocomplete="off"
        spellcheck={false}
        aria-invalid={problem === undefined ? undefined : true}
      />
      {problem === undefined ? null : <span class="field-problem">{problem}</span>}
    </label>
  );
}

/** One of a few; what was asked for stands there even when it is none of them. */
export function ChoiceField({ name, label, value, choices }: FieldProps & { choices: readonly string[] }) {
  return (
    <label>
      {label}
      <select name={name} value={value ?? ''}>
        <option value="">any</option>
        {[...new Set([...choices, ...(value === undefined ? [] : [value])])].map((choice) => (
          <option key={choice} value={choice} selected={choice === value}>
            {choice}
          </option>
        ))}
      </select>
    </label>
  );
}

/** What ends a row of filter fields. @param clear the address of the whole list */
export function FilterButtons({ clear }: { clear: string }) {
  return (
    <span class="row">
      <button type="submit">Apply</button>
      <a href={clear}>Clear</a>
    </span>
  );
}
