import { STATUS_CODES } from 'node:http';
import fastifySwagger from '@fastify/swagger';
import type { FastifyContextConfig, FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { rolesWith } from './auth.ts';
import { PROBLEMS } from '../../domain/problem-codes.ts';
import { PROBLEM_TYPE } from './problem.ts';
import { REPLAYED_HEADER } from './idempotency.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The answer names an address in `Location`. */
    locates?: true;
  }
}

const PROBLEM = '#/components/schemas/Problem';

const INTRODUCTION = `Onboards customer accounts as an Amazon EventBridge partner: one partner event source each.

JSON in camelCase, with \`Authorization: Bearer <token>\`; \`x-roles\` lists the roles that may make a call. Unknown fields and parameters are rejected by name. \`?dryRun=true\` on a \`POST\` runs the same checks and writes nothing.

Errors are [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) documents of the type \`${PROBLEM_TYPE}\`. Compare \`code\`;
sentences may change. Every 429 and 503 has a \`Retry-After\`.

<details><summary>Problem codes</summary>

| code | status | meaning |
|---|---|---|
${Object.entries(PROBLEMS)
  .map(([code, [status, title]]) => `| \`${code}\` | ${status} | ${title} |`)
  .join('\n')}

</details>
`;

type Transform = typeof jsonSchemaTransform;
type TransformObject = typeof jsonSchemaTransformObject;

/** Describes the interface from the route schemas; `GET /openapi.json` serves it. */
export async function registerOpenApi(app: FastifyInstance, publicUrl: string): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'eventbridge-partner-onboarding',
        description: INTRODUCTION,
        version: '1',
      },
      servers: [{ url: publicUrl }],
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    transform: describeRoute,
    transformObject: withOneShapeEach,
  });
}

/** Adds what every route has in common, and the streamed body, which no validator reads. */
const describeRoute: Transform = (document) => {
  const transformed = jsonSchemaTransform(document);
  const { config, method } = document.route;
  const schema = transformed.schema as DescribedSchema;
  if (schema.hide === true) return transformed;
  schema.operationId = `${String(method).toLowerCase()}${document.url.replace(/[^a-z0-9]+/g, '-').replace(/-$/, '')}`;
  schema.tags = [/^\/v1\/([a-z]+)/.exec(document.url)?.[1] ?? 'service'];
  const open = config?.access === 'open';
  if (open) schema.security = [];
  else if (config?.access !== undefined && config.access !== 'open')
    schema['x-roles'] = rolesWith(config.access);
  schema.response = describeAnswers(schema.response ?? {}, {
    refusals: {
      ...ANY_REFUSAL,
      ...(open ? {} : REFUSALS),
      ...(method === 'POST' ? BODY_REFUSALS : {}),
    },
    config,
  });
  if (schema.consumes !== undefined)
    schema.body = { type: 'string', description: 'one row or line per onboarding' };
  return transformed;
};

/** What any call can be told; a route's own answers win. */
const ANY_REFUSAL = { 431: refusal('headers_too_large') };

/** What a call that needs a token can be told; routes name their own refusals, and these where they say more. */
const REFUSALS = {
  400: refusal('invalid_request'),
  401: refusal('unauthenticated'),
  403: refusal('forbidden'),
  429: refusal('too_many_requests, with Retry-After'),
  500: refusal('internal_error'),
  503: refusal('ledger_unavailable, queue_unavailable or not_ready, with Retry-After'),
};

const BODY_REFUSALS = {
  408: refusal('request_timeout'),
  413: refusal('body_too_large or json_too_complex'),
  415: refusal('unsupported_media_type'),
};

interface DescribedSchema {
  hide?: boolean;
  body?: object;
  operationId?: string;
  tags?: string[];
  security?: object[];
  'x-roles'?: readonly string[];
  response?: Answers;
  readonly consumes?: readonly string[];
}

interface Described {
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

/** The library lists every named schema twice, as input and as output; here both have one shape and one name. */
const withOneShapeEach: TransformObject = (document) => {
  const text = JSON.stringify(jsonSchemaTransformObject(document));
  const described = JSON.parse(text.replaceAll(/(#\/components\/schemas\/\w+?)Input"/g, '$1"')) as Described;
  const schemas = Object.entries(described.components.schemas).filter(([name]) => !name.endsWith('Input'));
  return { ...described, components: { ...described.components, schemas: Object.fromEntries(schemas) } };
};

interface DescribedAnswer {
  readonly description?: string;
  readonly $ref?: string;
  readonly content?: object;
  readonly headers?: object;
}

type Answers = Readonly<Record<string, DescribedAnswer>>;

/** A route's own answers win; what they do not say of themselves is said of every route's. */
function describeAnswers(
  own: Answers,
  { refusals, config = {} }: { refusals: Answers; config: FastifyContextConfig | undefined },
): Answers {
  const answers = Object.entries({ ...refusals, ...own }).map(([status, answer]) => {
    const description = answer.description ?? refusals[status]?.description ?? STATUS_CODES[status] ?? '';
    const isProblem = answer.$ref === PROBLEM;
    const headers = headersOf(status, { isProblem, config });
    const described = { description, ...(Object.keys(headers).length === 0 ? {} : { headers }) };
    return [
      status,
      isProblem
        ? { ...described, content: { [PROBLEM_TYPE]: { schema: { $ref: PROBLEM } } } }
        : { ...answer, ...described },
    ] as const;
  });
  return Object.fromEntries(answers);
}

const text = (description: string): object => ({ type: 'string', description });

/** Headers that an answer can have beside those of HTTP itself. */
function headersOf(
  status: string,
  { isProblem, config }: { isProblem: boolean; config: FastifyContextConfig },
): Record<string, object> {
  const retries = isProblem && ['429', '503', ...(config.keyed === true ? ['409'] : [])].includes(status);
  const isKept = config.keyed === true && ['200', '202', '400', '409'].includes(status);
  const isNew = config.locates === true && ['200', '202'].includes(status);
  return {
    ...(isNew ? { Location: text('URL of the onboarding; none in a dry run') } : {}),
    ...(isKept ? { [REPLAYED_HEADER]: text('true: this is the first response to this key') } : {}),
    ...(retries
      ? {
          'Retry-After': text(
            status === '409' ? 'whole seconds; only with idempotency_key_in_use' : 'whole seconds',
          ),
        }
      : {}),
  };
}

/** Any refusal is a problem document. */
function refusal(description: string): DescribedAnswer {
  return { description, $ref: PROBLEM };
}
