/** How single values are shown: ids, names, instants, and a list of facts about one thing. */
import type { ComponentChildren } from 'preact';
import { count, exactTime, relativeTime } from '../format.ts';
import { usePage } from '../page.ts';
import type { Tone } from './badge.tsx';
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
export function Time({ at }: { at: string }) {
  return (
    <time dateTime={at} title={exactTime(at)} data-relative>
      {relativeTime(at, usePage().now)}
    </time>
  );
}

/** A source's name: what all of a partner's names share is dim, and the end, which tells them apart, is never cut off. */
export function SourceName({ name }: { name: string }) {
  const cut = name.lastIndexOf('/', name.lastIndexOf('/') - 1) + 1;
  return (
    <span class="source" title={name}>
      <span class="cut faint">{name.slice(0, cut)}</span>
      <span class="source-tail cut">{name.slice(cut)}</span>
    </span>
  );
}

interface FactProps {
  readonly name: string;
  /** An instant that is the fact, or stands before what is said of it. */
  readonly at?: string | null;
  /** A text that is the fact, to be copied. */
  readonly text?: string;
  readonly children?: ComponentChildren;
}

/** One line of a list of facts, inside `dl.facts`; one that is null is left out. */
export function Fact({ name, at, text, children }: FactProps) {
  return at === null || children === null ? null : (
    <div>
      <dt>{name}</dt>
      <dd class="row close">
        {at === undefined ? null : <Time at={at} />}
        {text === undefined ? null : <Copyable text={text} what={name.toLowerCase()} />}
        {children}
      </dd>
    </div>
  );
}

interface FigureProps {
  readonly name: string;
  /** Nothing: it is not known. */
  readonly value: number | null | undefined;
  readonly note?: string;
  /** The color that stands for it in a chart. */
  readonly tone?: Tone | 'none';
  /** What it counts, in a list. */
  readonly href?: string;
  readonly write?: (value: number) => string;
}

/** One of the numbers of a thing, inside `dl.figures`. */
export function Figure({ name, value, note, tone, href, write = count }: FigureProps) {
  const text = value == null ? '–' : write(value);
  return (
    <div title={note}>
      <dt class={tone === undefined ? 'small faint' : `small faint key ${tone}`}>{name}</dt>
      <dd>{href === undefined || value === 0 ? text : <a href={href}>{text}</a>}</dd>
    </div>
  );
}
