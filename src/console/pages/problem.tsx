import type { Page } from '../page.ts';
import { Icon, type IconName } from '../views/icon.tsx';

/** What the service says of a request that came to nothing; src/api/http/problem.ts has all of them. */
export interface ShownProblem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
}

interface Words {
  readonly title: string;
  readonly icon: IconName;
  /** Undefined: the problem's own detail. */
  readonly hint: string | undefined;
  /** @param url the address that was asked for */
  readonly action?: (url: string) => readonly [href: string, text: string];
}

/** In the console's look, with what to do next. */
export function problemPage({ status, code, title, detail }: ShownProblem, url: string): Page {
  const words = WORDS[code] ?? WORDS[status] ?? { title, icon: 'alert', hint: undefined };
  const [href, text] = words.action?.(url) ?? [];
  return {
    title: words.title,
    status,
    body: (
      <section class="problem stack" data-retry={status === 503 ? '' : undefined}>
        <p class="marker idle">
          <Icon name={words.icon} />
        </p>
        <h1>{words.title}</h1>
        <p class="soft">{words.hint ?? detail}</p>
        {href === undefined ? null : (
          <p>
            <a class="button" href={href}>
              {text}
            </a>
          </p>
        )}
        <p class="faint">
          {status} <code>{code}</code>
        </p>
      </section>
    ),
  };
}

const home = () => ['/', 'View overview'] as const;
const again = (url: string) => [url, 'Try again'] as const;

/** By the problem's code, or else by its status. */
const WORDS: Readonly<Partial<Record<string, Words>>> = {
  401: {
    title: 'Log in first',
    icon: 'key',
    hint: 'This page requires a login.',
    action: (url) => [`/login?next=${encodeURIComponent(url)}`, 'Log in'],
  },
  queue_unavailable: {
    title: 'Redis is not responding',
    icon: 'alert',
    hint: 'Onboardings are still accepted and continue when Redis is back. This page retries automatically.',
    action: again,
  },
  503: {
    title: 'The ledger is not responding',
    icon: 'alert',
    hint: 'Nothing can be displayed or changed until the database is back. Accepted onboardings are safe. This page retries automatically.',
    action: again,
  },
  403: {
    title: 'Not permitted',
    icon: 'slash',
    // Which: the role, another login's form, or a proxy that changes the host.
    hint: undefined,
    action: home,
  },
  404: {
    title: 'Not found',
    icon: 'search',
    hint: 'The address is wrong, or its target no longer exists.',
    action: home,
  },
  500: {
    title: 'Internal error',
    icon: 'alert',
    hint: 'The error is in the service log.',
    action: home,
  },
};

/** For an id that nothing has. */
export const NOTHING_HERE: Page = problemPage({ status: 404, code: 'not_found', title: '', detail: '' }, '/');
