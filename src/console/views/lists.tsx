/** What pages with a list have in common: its tabs, its pages, and what stands there when it is empty. */
import type { ComponentChildren } from 'preact';
import { Command } from './values.tsx';

/** Values that lie side by side as links, so that each is one step away and stands in the address. */
export function Tabs<Choice extends string>({
  label,
  value,
  choices,
  all,
  hrefFor,
}: {
  label: string;
  value: Choice | undefined;
  choices: readonly Choice[];
  /** What stands for none of them; left out: one of them is always chosen. */
  all?: string;
  hrefFor: (choice: Choice | undefined) => string;
}) {
  return (
    <nav class="switch" aria-label={label}>
      {[...(all === undefined ? [] : [undefined]), ...choices].map((choice) => (
        <a key={choice} href={hrefFor(choice)} aria-current={choice === value ? 'true' : undefined}>
          {choice ?? all}
        </a>
      ))}
    </nav>
  );
}

interface PagingProps {
  /** Undefined on the first page. */
  readonly cursor: string | undefined;
  /** Null on the last page. */
  readonly nextCursor: string | null;
  readonly hrefFor: (cursor?: string) => string;
}

/** Where a list goes on: its pages go by keys, so there is a next one and the newest, and no number of them. */
export function Paging({ cursor, nextCursor, hrefFor }: PagingProps) {
  return (
    <nav class="row" aria-label="Pages of the list">
      <span class="end" />
      {cursor === undefined ? null : <a href={hrefFor()}>Newest</a>}
      {nextCursor === null ? null : (
        <a href={hrefFor(nextCursor)} rel="next">
          Older
        </a>
      )}
    </nav>
  );
}

interface EmptyProps {
  readonly title: string;
  readonly children: ComponentChildren;
  readonly command?: string;
}

/** A page with nothing to show says what would put something there, with a command to paste. */
export function Empty({ title, children, command }: EmptyProps) {
  return (
    <div class="empty stack">
      <h2>{title}</h2>
      <p>{children}</p>
      {command === undefined ? null : <Command text={command} what="command" />}
    </div>
  );
}

/** A command that hands in an onboarding; in the sandbox the name says what becomes of it. */
export const enqueueCommand = (eventName: string): string => `curl -X POST localhost:3000/v1/onboardings \\
  -H "authorization: Bearer $ONBOARD_TOKEN" -H 'content-type: application/json' \\
  -d '{"account":"000000000101","region":"us-east-1","eventNamespace":"customers/c-1001","eventName":"${eventName}"}'`;
