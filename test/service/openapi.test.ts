import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { inPlace } from '../support/http-fuzz/document.ts';
import { startService, type RunningService } from '../support/running-service.ts';

interface Operation {
  readonly summary?: string;
  readonly security?: unknown;
  readonly requestBody?: { content: Record<string, unknown> };
  readonly parameters?: readonly unknown[];
  readonly responses: Record<string, { headers?: object; content?: object }>;
}

interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { schemas: Record<string, unknown> };
}

let service: RunningService;
let document: Document;
beforeAll(async () => {
  service = await startService({ workers: [], stopWith: afterAll });
  document = JSON.parse((await service.call({ url: '/openapi.json', token: null })).body) as Document;
});

describe('/openapi.json', () => {
  it('is OpenAPI 3.1, and every reference in it leads somewhere', () => {
    expect(document.openapi).toBe('3.1.0');
    const references = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(
      ([, name]) => name,
    );
    expect(references.length).toBeGreaterThan(20);
    for (const name of new Set(references)) expect(Object.keys(document.components.schemas)).toContain(name);
  });

  it('names each shape once', () => {
    expect(Object.keys(document.components.schemas).filter((name) => name.endsWith('Input'))).toEqual([]);
    expect(Object.keys(document.components.schemas)).toContain('OnboardingRequest');
  });

  it('says of every operation what it is for and how it is refused', () => {
    for (const [path, operations] of Object.entries(document.paths)) {
      for (const [method, operation] of Object.entries(operations)) {
        expect(operation.summary, `${method} ${path}`).toBeTruthy();
        const open = path === '/healthz' || path === '/readyz';
        if (open) expect(operation.security).toEqual([]);
        else
          expect(Object.keys(operation.responses), `${method} ${path}`).toEqual(
            expect.arrayContaining(['401', '403']),
          );
      }
    }
  });

  it('describes the streamed upload', () => {
    expect(Object.keys(document.paths['/v1/imports']?.['post']?.requestBody?.content ?? {})).toEqual([
      'text/csv',
      'application/x-ndjson',
    ]);
  });

  it('gives examples that its own schemas take', () => {
    const schemas = inPlace(document.components.schemas, document.components.schemas) as Record<
      string,
      { example?: unknown }
    >;
    const examples = Object.entries(schemas).filter(([, { example }]) => example !== undefined);
    expect(examples.length).toBeGreaterThanOrEqual(8);
    for (const [name, schema] of examples) {
      const { error } = z.fromJSONSchema(schema).safeParse(schema.example);
      expect(error === undefined ? '' : z.prettifyError(error), name).toBe('');
    }
  });

  it('describes the headers that calls take and answers bring', () => {
    for (const path of ['/v1/onboardings', '/v1/onboardings/batch']) {
      const post = document.paths[path]?.['post'];
      expect(post?.parameters).toContainEqual(
        expect.objectContaining({ in: 'header', name: 'Idempotency-Key', required: false }),
      );
      expect(Object.keys(post?.responses['200']?.headers ?? {})).toContain('Idempotent-Replayed');
      expect(Object.keys(post?.responses['409']?.headers ?? {})).toContain('Retry-After');
      expect(Object.keys(post?.responses['503']?.headers ?? {})).toEqual(['Retry-After']);
      expect(Object.keys(post?.responses['503']?.content ?? {})).toEqual(['application/problem+json']);
    }
    expect(document.paths['/v1/onboardings']?.['post']?.responses['202']?.headers).toHaveProperty('Location');
  });
});
