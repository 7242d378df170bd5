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
  readonly hint: string;
  readonly action?: readonly [href: string, text: string];
}

const HOME = ['/', 'To the overview'] as const;

/** In the console's look, with what to do next. */
export function problemPage({ status, code, title, detail }: ShownProblem, url: string): Page {
  const words = wordsFor(status, code, url) ?? { title, icon: 'alert' as const, hint: detail };
  return {
    title: words.title,
    status,
    body: (
      <section class="problem stack" data-retry={status === 503 ? '' : undefined}>
        <p class="marker idle">
          <Icon name={words.icon} />
        </p>
        <h1>{words.title}</h1>
        <p class="soft">{words.hint}</p>
        {words.action === undefined ? null : (
          <p>
            <a class="button" href={words.action[0]}>
              {words.action[1]}
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

function wordsFor(status: number, code: string, url: string): Words | undefined {
  if (status === 401) return { ...LOG_IN, action: [`/login?next=${encodeURIComponent(url)}`, 'Log in'] };
  if (status !== 503) return WORDS[status];
  return { ...(code === 'queue_unavailable' ? REDIS_AWAY : LEDGER_AWAY), action: [url, 'Try again'] };
}

const LOG_IN: Words = {
  title: 'Log in first',
  icon: 'key',
  hint: 'This address is for those who have a token.',
};

const REDIS_AWAY: Words = {
  title: 'Redis does not answer',
  icon: 'alert',
  hint: 'Onboardings are still taken in, and go on once Redis is back. This page tries again by itself.',
};

const LEDGER_AWAY: Words = {
  title: 'The ledger does not answer',
  icon: 'alert',
  hint: 'Nothing can be shown or changed until the database is back; what was taken in is safe. This page tries again by itself.',
};

const WORDS: Readonly<Partial<Record<number, Words>>> = {
  403: {
    title: 'Not with this token',
    icon: 'slash',
    hint: 'Your role does not include this, or the form was not sent from a page of yours. Nothing was changed.',
    action: HOME,
  },
  404: {
    title: 'There is nothing here',
    icon: 'search',
    hint: 'The address is wrong, or what it led to is gone.',
    action: HOME,
  },
  500: {
    title: 'Something went wrong on our side',
    icon: 'alert',
    hint: 'The log of the service has the error. Nothing else is known here.',
    action: HOME,
  },
};

/** For an id that nothing has. */
export const NOTHING_HERE: Page = problemPage({ status: 404, code: 'not_found', title: '', detail: '' }, '/');
