import type { Place } from '../navigation.ts';
import { THEMES } from '../cookies.ts';
import type { Surroundings, Viewer } from '../surroundings.ts';
import { Csrf } from './csrf.tsx';
import { Icon } from './icon.tsx';

export interface SidebarProps {
  readonly around: Surroundings;
  readonly viewer: Viewer;
  readonly places: readonly Place[];
}

/** Where one is, where one can go, and who one is. On a narrow screen it lies on top. */
export function Sidebar({ around, viewer, places }: SidebarProps) {
  const path = around.url.split('?')[0] ?? '';
  return (
    <header class="sidebar">
      <p class="brand">
        <a href={places[0]?.href ?? '/'}>onboard</a>
        <Environment site={around.site} />
        <span id="live" class="live" data-state="off" title="Live updates need a script">
          <i />
          <span>static</span>
        </span>
      </p>
      <nav aria-label="Pages">
        {places.map(({ href, title, icon }) => (
          <a key={href} href={href} aria-current={isAt(path, href) ? 'page' : undefined}>
            <Icon name={icon} />
            {title}
          </a>
        ))}
      </nav>
      <div class="who">
        <p title={`Logged in as ${viewer.actor}, role ${viewer.role}`}>
          <b>{viewer.actor}</b>
          <span>{viewer.role}</span>
        </p>
        <ThemeSwitch around={around} viewer={viewer} />
        <div class="who-actions">
          <button class="quiet" type="button" data-help hidden title="Keyboard (?)">
            <Icon name="help" />
            Keys
          </button>
          <form method="post" action="/logout">
            <Csrf token={viewer.csrf} />
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
function Environment({ site }: { site: Surroundings['site'] }) {
  const name = site.environment ?? site.awsMode;
  const kind = /^(prod|production|live)\b/i.test(name) ? 'production' : 'other';
  return <span class={`environment ${kind}`}>{name}</span>;
}

function ThemeSwitch({ around, viewer }: { around: Surroundings; viewer: Viewer }) {
  return (
    <form class="themes" method="post" action="/theme" data-themes>
      <Csrf token={viewer.csrf} />
      <input type="hidden" name="next" value={around.url} />
      {THEMES.map((theme) => (
        <button
          key={theme}
          type="submit"
          name="theme"
          value={theme}
          aria-pressed={theme === around.theme}
          title={`${theme} colours`}
        >
          {theme === 'system' ? 'Auto' : <Icon name={theme === 'light' ? 'sun' : 'moon'} />}
          {theme === 'system' ? null : <span class="unseen">{theme}</span>}
        </button>
      ))}
    </form>
  );
}
