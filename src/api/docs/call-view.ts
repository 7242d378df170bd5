import { PROBLEM_TYPE } from '../problem.ts';
import { nameOf, type Answer, type Call, type Document, type Operation, type Schema } from './document.ts';
import { curlOf, exampleOf } from './example.ts';
import { html, type Html } from './html.ts';
import { fieldsView, fieldView, typeView } from './schema-view.ts';

/** One call: who may make it, what it takes, how it is answered. */
export function callView(call: Call, document: Document): Html {
  const { method, path, operation, anchor } = call;
  return html`<article id="${anchor}">
    <h3>
      <a class="call" href="#${anchor}"
        ><span class="method ${method.toLowerCase()}">${method}</span> <code>${pathView(path)}</code></a
      >
    </h3>
    <div class="told">
      <p class="summary">${operation.summary}</p>
      ${rolesView(call)} ${parametersView(call)} ${bodyView(call, document)} ${answersView(call)}
    </div>
    <div class="shown">${curlView(call, document)} ${examplesView(call, document)}</div>
  </article>`;
}

/** A long path may break before each of its parts. */
export const pathView = (path: string): Html =>
  html`${path.split(/(?=\/)/).map((part, index) => (index === 0 ? part : html`<wbr />${part}`))}`;

const isOpen = ({ operation }: Call): boolean => operation.security?.length === 0;

function rolesView(call: Call): Html {
  const roles = call.operation['x-roles'] ?? [];
  if (isOpen(call)) return html`<p class="roles">Open: needs no token.</p>`;
  return html`<p class="roles">
    For tokens of the role
    ${roles.map((role, index) => html`${separator(index, roles.length)}<b>${role}</b>`)}.
  </p>`;
}

const separator = (index: number, count: number): string =>
  index === 0 ? '' : index === count - 1 ? ' or ' : ', ';

function parametersView({ operation }: Call): Html | undefined {
  const parameters = operation.parameters ?? [];
  if (parameters.length === 0) return undefined;
  const places = { path: 'in the path', query: 'query', header: 'header' };
  return html`<h4>Parameters</h4>
    <ul class="fields">
      ${parameters.map(({ name, schema, description, in: place }) =>
        fieldView(name, description === undefined ? schema : { ...schema, description }, places[place]),
      )}
    </ul>`;
}

function bodyView({ operation }: Call, document: Document): Html | undefined {
  const content = Object.entries(operation.requestBody?.content ?? {});
  if (content.length === 0) return undefined;
  return html`<h4>Body</h4>
    ${content.map(([type, { schema }]) => {
      const whole = resolved(schema, document);
      return html`<p>
          <code>${type}</code> ${schema.type === 'string' ? schema.description : typeView(schema)}
        </p>
        ${whole.properties === undefined ? undefined : fieldsView(whole)}`;
    })}`;
}

function resolved(schema: Schema, { components }: Document): Schema {
  const name = nameOf(schema);
  return name === undefined ? schema : (components.schemas[name] ?? {});
}

function curlView(call: Call, document: Document): Html {
  const [type, media] = Object.entries(call.operation.requestBody?.content ?? {})[0] ?? [];
  const example = media === undefined ? undefined : exampleOf(media.schema, document.components.schemas);
  const isFile = media?.schema.type === 'string';
  const body = isFile
    ? '@customers.csv'
    : example === undefined
      ? undefined
      : JSON.stringify(example, null, 1);
  const url = `${document.servers?.[0]?.url ?? ''}${call.path}`;
  const curl = curlOf({ method: call.method, url, open: isOpen(call), type, body });
  return html`<h4>Try it</h4>
    <pre tabindex="0"><code>${curl}</code></pre>`;
}

/** What a call answers when all goes well. */
function examplesView({ operation }: Call, { components }: Document): Html {
  const examples = goodAnswers(operation).flatMap(([status, { content }]) => {
    const [media] = Object.values(content ?? {});
    const example = media === undefined ? undefined : exampleOf(media.schema, components.schemas);
    return example === undefined ? [] : [[status, JSON.stringify(example, null, 2)] as const];
  });
  const first = examples[0];
  return first === undefined
    ? html``
    : html`<h4>Example of an answer ${first[0]}</h4>
        <pre tabindex="0"><code>${first[1]}</code></pre>`;
}

const goodAnswers = ({ responses }: Operation): [string, Answer][] =>
  Object.entries(responses).filter(([status]) => Number(status) < 400);

function answersView({ operation }: Call): Html {
  const refusals = Object.entries(operation.responses).filter(([status]) => Number(status) >= 400);
  return html`<h4>Answers</h4>
    <ul class="answers">
      ${goodAnswers(operation).map(([status, answer]) => answerView(status, answer))}
    </ul>
    <details>
      <summary>Refusals and errors: ${refusals.map(([status]) => status).join(', ')}</summary>
      <ul class="answers">
        ${refusals.map(([status, answer]) => answerView(status, answer))}
      </ul>
    </details>`;
}

/** A problem document is what every refusal is; of other answers the shape is named. */
function answerView(status: string, { description, headers, content }: Answer): Html {
  const [type, media] = Object.entries(content ?? {})[0] ?? [];
  const isProblem = type === PROBLEM_TYPE;
  return html`<li>
    <div class="field">
      <span class="status s${status.charAt(0)}">${status}</span> ${description}
      ${
        media === undefined || isProblem
          ? undefined
          : html`<span class="type"
              >${typeView(media.schema)}
              ${type === 'application/json' ? undefined : html`<code>${type}</code>`}</span
            >`
      }
    </div>
    ${Object.entries(headers ?? {}).map(
      ([name, header]) => html`<p class="header"><code>${name}</code> ${header.description}</p>`,
    )}
  </li>`;
}
