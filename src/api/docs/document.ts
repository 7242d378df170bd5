/** What the page needs to know of the OpenAPI document that src/api/openapi.ts describes. */
export interface Document {
  readonly info: { readonly title: string; readonly description?: string };
  readonly servers?: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

export interface Operation {
  readonly summary?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, Answer>>;
  /** Empty: open to everybody. */
  readonly security?: readonly object[];
  readonly 'x-roles'?: readonly string[];
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema;
}

export interface Answer {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly description?: string }>>;
  readonly content?: Content;
}

export type Content = Readonly<Record<string, { readonly schema: Schema }>>;

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly format?: string;
  readonly pattern?: string;
  readonly default?: unknown;
  readonly example?: unknown;
}

/** The name of a schema that stands among the components. */
export const nameOf = ({ $ref }: Schema): string | undefined => $ref?.split('/').at(-1);

/** An operation with the place where it stands. */
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
  /** Anchor in the page. */
  readonly anchor: string;
}

export interface Group {
  readonly name: string;
  readonly calls: readonly Call[];
}

/** The calls by the first part of their path below `/v1`; what lies elsewhere comes last, as the service itself. */
export function groupsOf({ paths }: Document): readonly Group[] {
  const groups = new Map<string, Call[]>();
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const name = /^\/v1\/([a-z]+)/.exec(path)?.[1] ?? 'service';
      const anchor = `${method}${path.replace(/[^a-z0-9]+/g, '-').replace(/-$/, '')}`;
      groups.set(name, [
        ...(groups.get(name) ?? []),
        { method: method.toUpperCase(), path, operation, anchor },
      ]);
    }
  }
  const all = [...groups].map(([name, calls]) => ({ name, calls }));
  return [...all.filter(({ name }) => name !== 'service'), ...all.filter(({ name }) => name === 'service')];
}
