/**
 * The OpenAPI document as a page for people: no script, one style sheet of its own, nothing from elsewhere. Made
 * once, when it is first asked for; src/api/routes/docs.ts serves it.
 */
import { PROBLEMS } from '../problem.ts';
import { callView, pathView } from './call-view.ts';
import { groupsOf, type Document, type Group, type Schema } from './document.ts';
import { html, type Html } from './html.ts';
import { fieldsView, typeView } from './schema-view.ts';

export function docsPage(document: Document, stylePath: string): string {
  const groups = groupsOf(document);
  const { title, description } = document.info;
  const page = html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <title>${title}: HTTP interface</title>
      <link rel="stylesheet" href="${stylePath}" />
    </head>
    <body>
      <a class="skip" href="#content">To the content</a>
      <nav aria-label="Calls">
        <a class="home" href="#content">${title}</a>
        <details class="contents">
          <summary>Calls, schemas and problem codes</summary>
          ${contentsView(groups, document)}
        </details>
        <div class="contents wide">${contentsView(groups, document)}</div>
      </nav>
      <main id="content">
        <h1>HTTP interface</h1>
        <p class="lead">${description}</p>
        ${introduction(document)}
        ${groups.map(
          ({ name, calls }) =>
            html`<section>
              <h2 id="${name}">${titleOf(name)}</h2>
              ${calls.map((call) => callView(call, document))}
            </section>`,
        )}
        ${schemasView(document)} ${problemsView()}
      </main>
    </body>
  </html>`;
  return `<!doctype html>\n${page.markup.replace(/>\s*\n\s*</g, '>\n<')}`;
}

const titleOf = (group: string): string =>
  group === 'service' ? 'The service itself' : group.charAt(0).toUpperCase() + group.slice(1);

function contentsView(groups: readonly Group[], { components }: Document): Html {
  return html`${groups.map(
      ({ name, calls }) =>
        html`<h2><a href="#${name}">${titleOf(name)}</a></h2>
          <ul>
            ${calls.map(
              ({ method, path, anchor }) =>
                html`<li>
                  <a href="#${anchor}"
                    ><span class="method ${method.toLowerCase()}">${method}</span>
                    <span>${pathView(path.replace(/^\/v1/, ''))}</span></a
                  >
                </li>`,
            )}
          </ul>`,
    )}
    <h2><a href="#schemas">Schemas</a></h2>
    <ul>
      ${Object.keys(components.schemas).map((name) => html`<li><a href="#schema-${name}">${name}</a></li>`)}
    </ul>
    <h2><a href="#problems">Problem codes</a></h2>`;
}

function introduction({ servers }: Document): Html {
  const url = servers?.[0]?.url ?? '/';
  return html`<p>
      JSON in camelCase over <code>${url}</code>, with <code>Authorization: Bearer &lt;token&gt;</code>.
      Fields and parameters that do not exist are refused by name, and <code>?dryRun=true</code> on a
      <code>POST</code> makes the same checks and writes nothing. The calls under “Try it” take the token from
      a variable:
    </p>
    <pre tabindex="0"><code>TOKEN=$(cat .data/admin-token)</code></pre>
    <p>For programs: <a href="/openapi.json">openapi.json</a>, OpenAPI 3.1.</p>`;
}

function schemasView({ components }: Document): Html {
  return html`<section>
    <h2 id="schemas">Schemas</h2>
    ${Object.entries(components.schemas).map(
      ([name, schema]) =>
        html`<article id="schema-${name}">
          <h3><a class="call" href="#schema-${name}">${name}</a></h3>
          ${schemaView(schema)}
        </article>`,
    )}
  </section>`;
}

const schemaView = (schema: Schema): Html =>
  schema.properties === undefined ? html`<p>${typeView(schema)}</p>` : fieldsView(schema);

function problemsView(): Html {
  return html`<section>
    <h2 id="problems">Problem codes</h2>
    <p>
      Errors are <a href="https://www.rfc-editor.org/rfc/rfc9457">RFC 9457</a> documents of the type
      <code>application/problem+json</code>, see <a href="#schema-Problem">Problem</a>. Compare
      <code>code</code>; sentences may change. Every 429 and 503 says in <code>Retry-After</code> when to try
      again.
    </p>
    <ul class="answers">
      ${Object.entries(PROBLEMS).map(
        ([code, [status, title]]) =>
          html`<li>
            <div class="field">
              <span class="status s${String(status).charAt(0)}">${status}</span>
              <code class="name">${code}</code>
              <span class="type">${title}</span>
            </div>
          </li>`,
      )}
    </ul>
  </section>`;
}
