import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService, type RunningService } from '../support/running-service.ts';

interface Operation {
  readonly summary?: string;
  readonly security?: unknown;
  readonly requestBody?: { content: Record<string, unknown> };
  readonly responses: Record<string, unknown>;
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
});
