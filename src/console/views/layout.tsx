import type { ComponentChildren } from 'preact';
import type { AssetName } from '../assets.ts';
import { NOTICES } from '../cookies.ts';
import { PLACES } from '../navigation.ts';
import type { Health } from '../health.ts';
import type { Followed } from '../live-sources.ts';
import type { Surroundings } from '../surroundings.ts';
import { HelpDialog } from './help-dialog.tsx';
import { Icon } from './icon.tsx';
import { Sidebar } from './sidebar.tsx';

/** Nothing that htmx would have to evaluate or to put into the page's head; see security-policy.ts. */
const HTMX = JSON.stringify({
  includeIndicatorStyles: false,
  allowEval: false,
  allowScriptTags: false,
  selfRequestsOnly: true,
  historyCacheSize: 0,
  refreshOnHistoryMiss: true,
  scrollIntoViewOnBoost: false,
});

export interface LayoutProps {
  readonly title: string;
  readonly around: Surroundings;
  readonly follows: Followed | undefined;
  readonly needs: readonly AssetName[];
  readonly children: ComponentChildren;
}

/** Every page of the console. */
export function Layout({ title, around, follows, needs, children }: LayoutProps) {
  const { site, viewer, theme, notice } = around;
  return (
    <html lang="en" data-theme={theme} data-mode={site.awsMode}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content={theme === 'system' ? 'light dark' : theme} />
        <meta name="htmx-config" content={HTMX} />
        <title>{`${title} · ${site.environment ?? 'onboard'}`}</title>
        <link rel="icon" href={site.assets['icon.svg']} type="image/svg+xml" />
        <link rel="stylesheet" href={site.assets['console.css']} />
        <script src={site.assets['htmx.js']} defer />
        <script src={site.assets['console.js']} defer />
        <script src={site.assets['select-rows.js']} defer />
        {needs.map((name) =>
          name.endsWith('.css') ? (
            <link key={name} rel="stylesheet" href={site.assets[name]} />
          ) : (
            <script key={name} src={site.assets[name]} defer />
          ),
        )}
      </head>
      <body data-csrf={viewer?.csrf} data-now={around.now} data-follows={follows}>
        <a class="skip" href="#main">
          Skip to content
        </a>
        {site.awsMode === 'sandbox' ? (
          <p class="sandbox-banner">
            <Icon name="alert" />
            <span>
              <b>Sandbox.</b> No call goes to AWS, and no customer gets a source.
            </span>
          </p>
        ) : null}
        <div class={viewer === undefined ? 'frame alone' : 'frame'}>
          {viewer === undefined ? null : <Sidebar around={around} viewer={viewer} places={PLACES} />}
          <main id="main" tabIndex={-1}>
            <Outage health={around.health} />
            {children}
          </main>
        </div>
        <div id="toasts" role="status" aria-live="polite">
          {notice === undefined ? null : <p class="toast">{NOTICES[notice]}</p>}
        </div>
        <dialog id="dialog" aria-label="Action">
          <div id="dialog-content" />
        </dialog>
        <HelpDialog />
      </body>
    </html>
  );
}

/** Says what is down and what that means; the script shows and hides it as the live stream tells. */
function Outage({ health }: { health: Health }) {
  return (
    <div id="outages" aria-live="polite">
      <p class="outage" data-outage="redis" hidden={health.redis === 'ok'}>
        <Icon name="alert" />
        <span>
          <b>Redis does not answer.</b> Onboardings are still taken in and none is lost; they go on once it is
          back. Figures of the queues are missing.
        </span>
      </p>
      <p class="outage" data-outage="ledger" hidden={health.ledger === 'ok'}>
        <Icon name="alert" />
        <span>
          <b>The ledger does not answer.</b> Nothing is taken in and nothing can be changed.{' '}
          <span data-stale-since />
        </span>
      </p>
      <p class="outage" data-outage="service" hidden>
        <Icon name="alert" />
        <span>
          <b>The service does not answer.</b> Trying again. <span data-stale-since />
        </span>
      </p>
    </div>
  );
}
