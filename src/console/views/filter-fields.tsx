/** A text field of a list's filters, with what it must be when it could not be understood. */
export function TextField({
  name,
  label,
  value,
  hint,
  problem,
}: {
  name: string;
  label: string;
  value: string | undefined;
  hint?: string;
  problem: string | undefined;
}) {
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
export function ChoiceField({
  name,
  label,
  value,
  choices,
}: {
  name: string;
  label: string;
  value: string | undefined;
  choices: readonly string[];
}) {
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

/** Values that lie side by side as links, so that each is one step away and stands in the address. */
export function Tabs({
  label,
  value,
  choices,
  hrefFor,
}: {
  label: string;
  value: string | undefined;
  choices: readonly string[];
  /** Undefined: all of them. */
  hrefFor: (choice: string | undefined) => string;
}) {
  return (
    <nav class="tabs" aria-label={label}>
      {[undefined, ...choices].map((choice) => (
        <a key={choice} href={hrefFor(choice)} aria-current={choice === value ? 'true' : undefined}>
          {choice ?? 'all'}
        </a>
      ))}
    </nav>
  );
}
