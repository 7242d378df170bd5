import { THEMES } from '../cookies.ts';
import { usePage, type Site, type Viewer } from '../page.ts';
import { Csrf } from './forms.tsx';
import { Icon, type IconName } from './icon.tsx';

/** The navigation. A page gets an entry when it exists: there are no dead links. */
const PLACES: readonly (readonly [href: string, title: string, icon: IconName])[] = [
  ['/', 'Overview', 'gauge'],
  ['/onboardings', 'Onboardings', 'list'],
  ['/failures', 'Failures', 'alert'],
  ['/replays', 'Replays', 'replay'],
  ['/imports', 'Imports', 'inbox'],
  ['/deliveries', 'Deliveries', 'send'],
  ['/audit', 'Audit', 'book'],
  ['/regions', 'Regions', 'globe'],
  ['/settings', 'Settings', 'sliders'],
  ['/queues', 'Raw queues', 'layers'],
];

/** Where one is, where one can go, and who one is. On a narrow screen it lies on top. */
export function Sidebar({ viewer }: { viewer: Viewer }) {
  const { url, site } = usePage();
  const path = url.split('?')[0] ?? '';
  return (
    <header class="sidebar">
      <p class="brand row close">
        <a class="plain" href="/">
          onboard
        </a>
        <Environment site={site} />
        <span id="live" class="live end" data-state="off" title="Live updates require JavaScript">
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
        <ThemeSwitch />
        <div class="apart">
          <button class="quiet" type="button" data-help hidden title="Keyboard shortcuts (?)">
            <Icon name="help" />
            Keys
          </button>
          <form method="post" action="/logout">
            <Csrf />
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

/** Production looks like production: color, icon and word. */
function Environment({ site }: { site: Site }) {
  const name = site.environment ?? site.awsMode;
  const isProduction = /^(prod|production|live)\b/i.test(name);
  return <span class={`chip environment cut${isProduction ? ' production' : ''}`}>{name}</span>;
}

function ThemeSwitch() {
  const page = usePage();
  return (
    <form class="switch" method="post" action="/theme">
      <Csrf />
      <input type="hidden" name="next" value={page.url} />
      {THEMES.map((theme) => (
        <button
          key={theme}
          type="submit"
          name="theme"
          value={theme}
          aria-pressed={theme === page.theme}
          title={`${theme} colors`}
        >
          {theme === 'system' ? 'Auto' : <Icon name={theme === 'light' ? 'sun' : 'moon'} />}
          {theme === 'system' ? null : <span class="unseen">{theme}</span>}
        </button>
      ))}
    </form>
  );
}
