import { THEMES } from '../cookies.ts';
import type { PageContext, Site, Viewer } from '../page.ts';
import { Csrf } from './forms.tsx';
import { Icon, type IconName } from './icon.tsx';

/** The navigation. A page gets an entry when it exists: there are no dead links. */
const PLACES: readonly (readonly [href: string, title: string, icon: IconName])[] = [
  ['/', 'Overview', 'gauge'],
  ['/onboardings', 'Onboardings', 'list'],
  ['/failures', 'Failures', 'alert'],
  ['/replays', 'Replays', 'replay'],
  ['/deliveries', 'Deliveries', 'send'],
  ['/audit', 'Audit', 'book'],
  ['/regions', 'Regions', 'globe'],
  ['/settings', 'Settings', 'sliders'],
  ['/queues', 'Raw queues', 'layers'],
];

interface SidebarProps {
  readonly context: PageContext;
  readonly viewer: Viewer;
}

/** Where one is, where one can go, and who one is. On a narrow screen it lies on top. */
export function Sidebar({ context, viewer }: SidebarProps) {
  const path = context.url.split('?')[0] ?? '';
  return (
    <header class="sidebar">
      <p class="brand row close">
        <a class="plain" href="/">
          onboard
        </a>
        <Environment site={context.site} />
        <span id="live" class="live end" data-state="off" title="Live updates need a script">
          <i />
          <span>static</span>
        </span>
      </p>
      <nav aria-label="Pages">
        {PLACES.map(([href, title, icon]) => (
          <a key={href} href={href} aria-current={isAt(path, href) ? 'page' : undefined}>
            <Icon name={icon} />
            {title}
          </a>
        ))}
      </nav>
      <div class="who stack">
        <p title={`Logged in as ${viewer.actor}, role ${viewer.role}`}>
          <b class="cut">{viewer.actor}</b>
          <span class="small faint">{viewer.role}</span>
        </p>
        <ThemeSwitch context={context} viewer={viewer} />
        <div class="who-actions">
          <button class="quiet" type="button" data-help hidden title="Keyboard (?)">
            <Icon name="help" />
            Keys
          </button>
          <form method="post" action="/logout">
            <Csrf viewer={viewer} />
            <button class="quiet" type="submit">
              <Icon name="leave" />
              Log out
            </button>
          </form>
        </div>
      </div>
    </header>
  );
}

const isAt = (path: string, href: string): boolean => path === href || path.startsWith(`${href}/`);

/** Production looks like production: colour, icon and word. */
function Environment({ site }: { site: Site }) {
  const name = site.environment ?? site.awsMode;
  const isProduction = /^(prod|production|live)\b/i.test(name);
  return <span class={`environment cut${isProduction ? ' production' : ''}`}>{name}</span>;
}

function ThemeSwitch({ context, viewer }: SidebarProps) {
  return (
    <form class="switch" method="post" action="/theme">
      <Csrf viewer={viewer} />
      <input type="hidden" name="next" value={context.url} />
      {THEMES.map((theme) => (
        <button
          key={theme}
          type="submit"
          name="theme"
          value={theme}
          aria-pressed={theme === context.theme}
          title={`${theme} colours`}
        >
          {theme === 'system' ? 'Auto' : <Icon name={theme === 'light' ? 'sun' : 'moon'} />}
          {theme === 'system' ? null : <span class="unseen">{theme}</span>}
        </button>
      ))}
    </form>
  );
}
