/** What pages about one thing have in common, and what can be done with it. */
import type { ComponentChildren } from 'preact';
import { usePage } from '../page.ts';
import { Icon, type IconName } from './icon.tsx';

/** Where it is listed. */
export const Back = ({ to, children }: { to: string; children: string }) => (
  <p class="back">
    <a class="plain soft" href={to}>
      {children}
    </a>
  </p>
);

interface SectionProps {
  readonly id: string;
  readonly title: ComponentChildren;
  readonly isPanel?: boolean;
  readonly children: ComponentChildren;
}

/** A part of a page under a heading, kept fresh. */
export function Section({ id, title, isPanel = false, children }: SectionProps) {
  return (
    <section class={isPanel ? 'panel stack' : 'stack'}>
      <h2>{title}</h2>
      <div id={id} data-live>
        {children}
      </div>
    </section>
  );
}

/** What only those see who may act. */
export const ForOperators = ({ children }: { children: ComponentChildren }) =>
  usePage().viewer?.mayOperate === true ? <span class="row close end">{children}</span> : null;

interface ActionProps {
  readonly href: string;
  readonly icon: IconName;
  readonly children: ComponentChildren;
}

/** Leads to a page that shows what would happen; with a script it comes as a dialog. */
export const ActionLink = ({ href, icon, children }: ActionProps) => (
  <a class="button" href={href} data-dialog>
    <Icon name={icon} />
    {children}
  </a>
);
