/** How single values are shown: ids, names, instants, and a list of facts about one thing. */
import type { ComponentChildren } from 'preact';
import { exactTime, relativeTime } from '../format.ts';
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

/** A command or a longer text, with a button that copies it. */
export function Command({ text, what }: { text: string; what: string }) {
  return (
    <div class="command">
      <pre class="sunk" tabIndex={0}>
        {text}
      </pre>
      <Copy text={text} what={what} />
    </div>
  );
}

/** An instant as people speak of it, exact on hover; kept fresh by the script. */
export function Time({ at, now }: { at: string; now: number }) {
  return (
    <time dateTime={at} title={exactTime(at)} data-relative>
      {relativeTime(at, now)}
    </time>
  );
}

/** A source's name: what all of a partner's names share is dim, and the end, which tells them apart, is never cut off. */
export function SourceName({ name }: { name: string }) {
  const cut = name.lastIndexOf('/', name.lastIndexOf('/') - 1) + 1;
  return (
    <span class="source" title={name}>
      <span class="source-head cut">{name.slice(0, cut)}</span>
      <span class="source-tail cut">{name.slice(cut)}</span>
    </span>
  );
}

/** One line of a list of facts, inside `dl.facts`. */
export function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class="row close">{children}</dd>
    </div>
  );
}

/** One of the numbers of a thing, inside `dl.figures`. */
export function Figure({ name, note, children }: { name: string; note: string; children: string }) {
  return (
    <div title={note}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
