import type { FastifySchemaCompiler } from 'fastify';
import { validatorCompiler } from 'fastify-type-provider-zod';

type Part = 'body' | 'headers';

/**
 * For parts of a request whose schema only documents them. Onboardings are checked by the domain, which reports every
 * wrong field at once, for imports as for single calls; of the headers a schema would leave only those that it names.
 */
export const checkedElsewhere =
  (...parts: readonly Part[]): FastifySchemaCompiler<unknown> =>
  (route) =>
    parts.some((part) => part === route.httpPart)
      ? (value: unknown) => ({ value })
      : validatorCompiler(route as never);
