import fc from 'fast-check';
import type { Schema } from './document.ts';
import { hostileValue } from './hostile.ts';

/** Values that mean something to the service under test, by field name. */
export type Hints = Readonly<Record<string, readonly string[]>>;

/** A value that the schema takes; where it only says "text", the hints know more. */
export function valueFor(schema: Schema, name: string, hints: Hints): fc.Arbitrary<unknown> {
  const hinted = hints[name];
  if (hinted !== undefined) return fc.constantFrom(...hinted);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((one) => valueFor(one, name, hints)));
  const [type] = [schema.type].flat();
  switch (type) {
    case 'object': {
      if (schema.properties === undefined)
        return fc.dictionary(fc.stringMatching(/^[a-z]{1,9}$/), fc.stringMatching(/^\w{0,20}$/), {
          maxKeys: 4,
        });
      const fields = Object.entries(schema.properties).map(
        ([key, value]) => [key, valueFor(value, key, hints)] as const,
      );
      return fc.record(Object.fromEntries(fields), { requiredKeys: [...(schema.required ?? [])] });
    }
    case 'array':
      return fc.array(schema.items === undefined ? hostileValue : valueFor(schema.items, name, hints), {
        maxLength: 4,
      });
    case 'integer':
    case 'number':
      return fc.integer({
        min: Math.max(schema.minimum ?? -5, -5),
        max: Math.min(schema.maximum ?? 500, 500),
      });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      return schema.pattern === undefined
        ? fc.stringMatching(/^[\w. -]{1,20}$/)
        : fc.stringMatching(new RegExp(schema.pattern));
  }
}
