import type { FastifyInstance } from 'fastify';
import type { Settings } from '../../../runtime/config.ts';
import { VARIABLES, type VariableName } from '../../../runtime/config-variables.ts';
import type { PagesDeps } from '../../deps.ts';
import type { Page } from '../../page.ts';
import { VIEWED } from '../../security.ts';

/** What this process runs with. */
export function settingsRoute(app: FastifyInstance, { settings, site, respond }: PagesDeps): void {
  const page = settingsPage(settings, site.version);
  app.get('/settings', VIEWED, (request, reply) => respond(request, reply, page));
}

function settingsPage(settings: Settings, version: string): Page {
  return {
    title: 'Settings',
    body: (
      <>
        <h1>Settings</h1>
        <p class="faint">
          The environment of the process that rendered this page, version {version}. Secrets are never shown.
        </p>
        <dl class="facts settings">
          {(Object.keys(VARIABLES) as VariableName[]).map((name) => (
            <div key={name}>
              <dt>
                <code>{name}</code>
              </dt>
              <dd class="breaks">
                <code>{settings[name]}</code>
              </dd>
              <dd class="faint">{VARIABLES[name].meaning.replaceAll('`', '')}</dd>
            </div>
          ))}
        </dl>
      </>
    ),
  };
}
