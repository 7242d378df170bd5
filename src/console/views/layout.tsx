import { NOTICES } from '../cookies.ts';
import { PageProvider, usePage, type Page, type PageContext } from '../page.ts';
import { Icon } from './icon.tsx';
import { Sidebar } from './sidebar.tsx';

/** Every page of the console. */
export function Layout({ page, context }: { page: Page; context: PageContext }) {
  const { site, viewer, theme, notice, now } = context;
  return (
    <PageProvider value={context}>
      <html lang="en" data-mode={site.awsMode}>
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content={theme === 'system' ? 'light dark' : theme} />
          <title>{`${page.title} · ${site.environment ?? 'onboard'}`}</title>
          <link rel="icon" href={site.assets['icon.svg']} type="image/svg+xml" />
          <link rel="stylesheet" href={site.assets['console.css']} />
          <script src={site.assets['console.js']} defer />
        </head>
        <body data-now={now}>
          <a class="unseen" href="#main">
            Skip to content
          </a>
          {site.awsMode === 'sandbox' ? (
            <p class="sandbox-banner beside">
              <Icon name="alert" />
              <span>
                <b>Sandbox.</b> No AWS calls are made and no sources are created.
              </span>
            </p>
          ) : null}
          <div class={viewer === undefined ? 'alone' : 'frame'}>
            {viewer === undefined ? null : <Sidebar viewer={viewer} />}
            <main id="main" class="stack" tabIndex={-1}>
              <Outages />
              {page.body}
            </main>
          </div>
          <div id="toasts" class="stack" role="status" aria-live="polite">
            {notice === undefined ? null : <p class="toast">{NOTICES[notice]}</p>}
          </div>
          <dialog id="dialog" aria-label="Action" closedby="any">
            <div id="dialog-content" />
          </dialog>
          <HelpDialog />
        </body>
      </html>
    </PageProvider>
  );
}

const OUTAGES = {
  redis: [
    'Redis is not responding.',
    'Onboardings are still accepted, none is lost, and they continue when Redis is back. Queue figures are unavailable.',
  ],
  ledger: ['The ledger is not responding.', 'No onboarding is accepted and nothing can be changed.'],
  service: ['The service is not responding.', 'Retrying.'],
} as const;

/** Says what is down and what that means; the script shows and hides it as the live stream tells. */
function Outages() {
  const { health } = usePage();
  const isUp = { redis: health.redis === 'ok', ledger: health.ledger === 'ok', service: true };
  return (
    <div id="outages" aria-live="polite">
      {(['redis', 'ledger', 'service'] as const).map((part) => (
        <p key={part} class="outage beside" data-outage={part} hidden={isUp[part]}>
          <Icon name="alert" />
          <span>
            <b>{OUTAGES[part][0]}</b> {OUTAGES[part][1]} {part === 'redis' ? null : <span data-stale-since />}
          </span>
        </p>
      ))}
    </div>
  );
}

const KEYS = [
  ['/', 'search'],
  ['j', 'next row'],
  ['k', 'previous row'],
  ['enter', 'open the row'],
  ['x', 'select the row; shift-click selects a range'],
  ['esc', 'close the dialog or leave the field'],
  ['?', 'show keyboard shortcuts'],
] as const;

function HelpDialog() {
  return (
    <dialog id="help" aria-labelledby="help-title" closedby="any">
      <div class="page-action">
        <h2 id="help-title">Keyboard shortcuts</h2>
        <dl class="facts">
          {KEYS.map(([key, does]) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
        <form method="dialog">
          <p class="actions">
            <button type="submit">Close</button>
          </p>
        </form>
      </div>
    </dialog>
  );
}
