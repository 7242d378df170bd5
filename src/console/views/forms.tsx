/** Fields of forms. */
import { usePage } from '../page.ts';
import { CSRF_FIELD } from '../security.ts';
import { Icon } from './icon.tsx';

/** Stands in every form that changes something. */
export const Csrf = () => <input type="hidden" name={CSRF_FIELD} value={usePage().viewer?.csrf ?? ''} />;

/** What is wrong with what was sent. */
export function Problem({ id, text }: { id?: string; text: string }) {
  return (
    <p id={id} class="field-problem beside" role="alert">
      <Icon name="alert" />
      {text}
    </p>
  );
}

/** A field of a list's filters: a text, with a hint of its form, or one of a few words. */
interface FilterField<Name extends string> {
  readonly name: Name;
  readonly label: string;
  readonly hint?: string;
  readonly choices?: readonly string[];
}

interface FilterFieldsProps<Name extends string> {
  /** The address of the whole list. */
  readonly path: string;
  readonly view: {
    readonly given: Readonly<Partial<Record<Name | 'status', string>>>;
    readonly problems: Readonly<Partial<Record<Name, string>>>;
  };
  readonly fields: readonly FilterField<Name>[];
}

/** What a list is filtered by; a status that was chosen above it stays. */
export function FilterFields<Name extends string>({ path, view, fields }: FilterFieldsProps<Name>) {
  const { given, problems } = view;
  return (
    <>
      {given.status === undefined ? null : <input type="hidden" name="status" value={given.status} />}
      <div class="filter-fields">
        {fields.map(({ name, label, hint, choices }) => (
          <label key={name}>
            {label}
            {choices === undefined ? (
              <input
                type="text"
                name={name}
                value={given[name]}
                placeholder={hint}
                autocomplete="off"
                spellcheck={false}
                aria-invalid={problems[name] === undefined ? undefined : true}
              />
            ) : (
              <Choice name={name} value={given[name]} choices={choices} />
            )}
            {problems[name] === undefined ? null : <span class="field-problem">{problems[name]}</span>}
          </label>
        ))}
        <span class="row">
          <button type="submit">Apply</button>
          <a href={path}>Clear</a>
        </span>
      </div>
    </>
  );
}

interface ChoiceProps {
  readonly name: string;
  readonly value: string | undefined;
  readonly choices: readonly string[];
}

/** What was asked for stands there even when it is none of them. */
function Choice({ name, value = '', choices }: ChoiceProps) {
  return (
    <select name={name} value={value}>
      <option value="">any</option>
      {[...new Set([...choices, value])]
        .filter((choice) => choice !== '')
        .map((choice) => (
          <option key={choice} value={choice} selected={choice === value}>
            {choice}
          </option>
        ))}
    </select>
  );
}
