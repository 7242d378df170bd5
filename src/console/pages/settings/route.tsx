import type { FastifyInstance } from 'fastify';
import type { LogFields } from '../../../ports.ts';
import { VIEWED } from '../../security.ts';
import type { PagesDeps } from '../../deps.ts';
import type { Page } from '../../page.ts';
import { settingGroups } from './settings.ts';

/** What this process runs with. */
export function settingsRoute(app: FastifyInstance, { described, respond }: PagesDeps): void {
  const page = settingsPage(described);
  app.get('/settings', VIEWED, (request, reply) => respond(request, reply, page));
}

function settingsPage(described: LogFields): Page {
  const groups = settingGroups(described);
  return {
    title: 'Settings',
    body: ({ site }) => (
      <>
        <h1>Settings</h1>
        <p class="faint">
          What the process that made this page runs with, version {site.version}. They come from its
          environment and are changed there; secrets are never shown.
        </p>
        {groups.map(({ title, settings }) => (
          <section key={title}>
            <h2>{title}</h2>
            <dl class="facts settings">
              {settings.map(({ variable, value, meaning }) => (
                <div key={variable}>
                  <dt>
                    <code>{variable}</code>
                  </dt>
                  <dd class="breaks">
                    {value === '' ? <span class="faint">not set</span> : <code>{value}</code>}
                  </dd>
                  <dd class="faint">{meaning.replaceAll('`', '')}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </>
    ),
  };
}
