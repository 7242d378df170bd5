import { nameOf, type Schema } from './document.ts';

type Schemas = Readonly<Record<string, Schema>>;

/** A value as the schema's own examples give it, put together where they are parts; undefined when one is missing. */
export function exampleOf(schema: Schema, schemas: Schemas): unknown {
  const name = nameOf(schema);
  if (name !== undefined) return exampleOf(schemas[name] ?? {}, schemas);
  if (schema.example !== undefined) return schema.example;
  if (schema.anyOf !== undefined) return exampleOf(schema.anyOf[0] ?? {}, schemas);
  if (schema.enum !== undefined) return schema.enum[0];
  if (Array.isArray(schema.type) && schema.type.includes('null')) return null;
  if (schema.type === 'array') {
    const item = schema.items === undefined ? undefined : exampleOf(schema.items, schemas);
    return item === undefined ? undefined : [item];
  }
  if (schema.type !== 'object' || schema.properties === undefined) return undefined;
  const members = Object.entries(schema.properties)
    .filter(([member]) => schema.required?.includes(member) === true)
    .map(([member, value]) => [member, exampleOf(value, schemas)] as const);
  return members.some(([, value]) => value === undefined) ? undefined : Object.fromEntries(members);
}

/** A `curl` that can be pasted, with the token in a variable. */
export function curlOf(call: {
  readonly method: string;
  readonly url: string;
  readonly open: boolean;
  readonly type: string | undefined;
  readonly body: string | undefined;
}): string {
  const { method, url, open, type, body } = call;
  const quoted = /[{}?&]/.test(url) ? `'${url}'` : url;
  return [
    `curl -s ${method === 'GET' || body !== undefined ? '' : `-X ${method} `}${quoted}`,
    ...(open ? [] : ['-H "authorization: Bearer $TOKEN"']),
    ...(type === undefined ? [] : [`-H 'content-type: ${type}'`]),
    ...(body === undefined ? [] : [body.startsWith('@') ? `--data-binary ${body}` : `-d '${body}'`]),
  ].join(' \\\n  ');
}
