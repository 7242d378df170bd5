import { Icon } from './icon.tsx';

/** Copies a text; without a script the text itself can be selected with one click. */
export function Copy({ text, what }: { text: string; what: string }) {
  return (
    <button
      class="copy"
      type="button"
      data-copy={text}
      title={`Copy ${what}`}
      aria-label={`Copy ${what}`}
      hidden
    >
      <Icon name="copy" />
    </button>
  );
}

/** An id, a name, an ARN: monospaced, and with a button that copies it. */
export function Copyable({ text, what }: { text: string; what: string }) {
  return (
    <span class="copyable">
      <code>{text}</code>
      <Copy text={text} what={what} />
    </span>
  );
}
