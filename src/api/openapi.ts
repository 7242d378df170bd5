import fastifySwagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { rolesWith } from './auth.ts';
import { describeAnswers, refusal, type Answers } from './described-answers.ts';

type Transform = typeof jsonSchemaTransform;
type TransformObject = typeof jsonSchemaTransformObject;

/** Describes the interface from the route schemas; `GET /openapi.json` serves it. */
export async function registerOpenApi(app: FastifyInstance, publicUrl: string): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'eventbridge-partner-onboarding',
        description:
          'Onboards customer accounts of an Amazon EventBridge partner: one partner event source each.',
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

/** What a call that needs a token can be told. */
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
