import { z } from 'zod';

export interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

type Content = Readonly<Record<string, { readonly schema: Schema }>>;

/** One method of one path, as /openapi.json describes it, with every reference put in place. */
export interface Operation {
  readonly method: string;
  /** With `{id}` where a parameter stands. */
  readonly path: string;
  readonly query: Readonly<Record<string, Schema>>;
  readonly body: Content | undefined;
  /** Says what is wrong with an answer's body; an answer without a body has nothing wrong. */
  readonly answers: Readonly<Record<string, (type: string, body: string) => string | undefined>>;
}

interface RawOperation {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}

/** Reads the operations from the text of /openapi.json. */
export function operationsOf(text: string): readonly Operation[] {
  const document = JSON.parse(text) as { components: { schemas: Record<string, unknown> }; paths: unknown };
  const paths = inPlace(document.paths, document.components.schemas) as Record<
    string,
    Record<string, RawOperation>
  >;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, raw]) => ({
      method: method.toUpperCase(),
      path,
      query: Object.fromEntries(
        (raw.parameters ?? []).filter((one) => one.in === 'query').map((one) => [one.name, one.schema]),
      ),
      body: raw.requestBody?.content,
      answers: Object.fromEntries(
        Object.entries(raw.responses).map(([status, { content }]) => [status, judgeOf(content)]),
      ),
    })),
  );
}

/** The schemas are not recursive, so each reference can be replaced by what it names. */
export function inPlace(part: unknown, schemas: Readonly<Record<string, unknown>>): unknown {
  if (Array.isArray(part)) return part.map((one) => inPlace(one, schemas));
  if (typeof part !== 'object' || part === null) return part;
  if ('$ref' in part) return inPlace(schemas[String(part.$ref).split('/').at(-1) ?? ''], schemas);
  return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, inPlace(value, schemas)]));
}

function judgeOf(content: Content | undefined): Operation['answers'][string] {
  const [media, { schema } = {}] = Object.entries(content ?? {})[0] ?? [];
  const checker = schema === undefined ? undefined : z.fromJSONSchema(schema as never);
  return (type, body) => {
    if (checker === undefined) return 'the document describes no body for this status';
    const isProblem = type.startsWith('application/problem+json');
    if (!isProblem && !type.startsWith(media ?? '')) return `the type is ${type}, documented is ${media}`;
    const value: unknown = type.includes('json') && !type.includes('ndjson') ? JSON.parse(body) : body;
    const result = checker.safeParse(value);
    return result.success ? undefined : z.prettifyError(result.error);
  };
}
