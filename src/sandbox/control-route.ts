import type { IncomingHttpHeaders } from 'node:http';
import type { CallFilter } from './call-log.ts';
import { CONTROL_ENDPOINTS, showSettings, viewSources, type ControlDeps } from './control.ts';
import { ControlError } from './control-fields.ts';

export const CONTROL_PREFIX = '/__sandbox';

export interface ControlReply {
  readonly status: number;
  readonly body: unknown;
}

/** Answers a request below `/__sandbox`. `body` is undefined when the request's was not a JSON object. */
export function answerControl(
  deps: ControlDeps,
  request: {
    method: string;
    path: string;
    query: URLSearchParams;
    body: Readonly<Record<string, unknown>> | undefined;
    foreign: ForeignPart | undefined;
  },
): ControlReply {
  if (request.foreign !== undefined) return foreignCall(request.foreign);
  const path = request.path.slice(CONTROL_PREFIX.length + 1);
  const view = VIEWS.get(path);
  if (view !== undefined)
    return request.method === 'GET' ? viewed(deps, request.query, view) : wrongMethod('GET');
  const endpoint = CONTROL_ENDPOINTS.get(path);
  if (endpoint === undefined) return refusal(404, 'path', `There is ${paths()}.`);
  if (request.method !== 'POST') return wrongMethod('POST');
  if (request.body === undefined) return refusal(400, 'body', 'Send a JSON object.');
  try {
    return { status: 200, body: endpoint(deps, request.body) };
  } catch (error) {
    if (error instanceof ControlError) return refusal(400, error.field, error.message);
    throw error;
  }
}

const VIEWS = new Map<string, (deps: ControlDeps, filter: CallFilter) => unknown>([
  ['', showSettings],
  ['books', (deps, filter) => ({ sources: viewSources(deps, filter) })],
  ['calls', (deps, filter) => deps.calls.view(filter)],
]);

function viewed(
  deps: ControlDeps,
  query: URLSearchParams,
  view: (deps: ControlDeps, filter: CallFilter) => unknown,
): ControlReply {
  const parameter = (name: string): string | undefined => query.get(name) ?? undefined;
  const filter = { region: parameter('region'), operation: parameter('operation'), name: parameter('name') };
  return { status: 200, body: view(deps, filter) };
}

function paths(): string {
  const gets = [...VIEWS.keys()].map((path) => `GET ${CONTROL_PREFIX}/${path}`.replace(/\/$/, ''));
  const posts = [...CONTROL_ENDPOINTS.keys()].map((path) => `POST ${CONTROL_PREFIX}/${path}`);
  return [...gets, ...posts].join(', ');
}

const refusal = (status: number, field: string, message: string): ControlReply => ({
  status,
  body: { error: message, field },
});

const foreignCall = ({ field, value }: ForeignPart): ControlReply =>
  refusal(
    403,
    field,
    `Use localhost, the sandbox’s own address or the configured host, and no web page of another origin; this call has the ${field} ${JSON.stringify(value.slice(0, 100))}.`,
  );

const wrongMethod = (method: string): ControlReply => refusal(405, 'method', `Use ${method} here.`);

/** Of a request as Node has it. */
interface RequestFacts {
  readonly headers: IncomingHttpHeaders;
  readonly socket: { readonly localAddress?: string | undefined };
}

/** The header that shows it, as it was sent. */
interface ForeignPart {
  readonly field: 'host' | 'origin';
  readonly value: string;
}

/** Host names that lead to this machine and that no page elsewhere can be made to have. */
const LOOPBACK = /^(localhost|127(\.[0-9]{1,3}){3}|\[::1\])$/;

/**
 * The header that shows that a web page elsewhere may have sent a control request, if any. Browsers send text/plain anywhere
 * without asking, and then name their origin; a page with a rebound DNS name has our origin but its own host.
 * @param listensOn the host that the sandbox listens on
 */
export function foreignPart({ headers, socket }: RequestFacts, listensOn: string): ForeignPart | undefined {
  const authority = (headers.host ?? '').toLowerCase();
  const host = authority.replace(/:[0-9]*$/, '');
  const own = [listensOn, socket.localAddress ?? ''].map(asHost);
  if (!LOOPBACK.test(host) && !own.includes(host)) return { field: 'host', value: headers.host ?? '' };
  const { origin } = headers;
  if (origin === undefined || origin.toLowerCase() === `http://${authority}`) return undefined;
  return { field: 'origin', value: origin };
}

/** As it stands in a URL; an IPv4 address that a socket shows in IPv6 form is what the caller wrote as IPv4. */
function asHost(address: string): string {
  const bare = address.toLowerCase().replace(/^::ffff:(?=[0-9.]+$)/, '');
  return bare.includes(':') ? `[${bare}]` : bare;
}
