import type { FastifyInstance } from 'fastify';
import type { Page as ListPage } from '../domain/listing.ts';
import { InvalidCursorError } from '../domain/unavailable.ts';
import type { Page, Respond } from './page.ts';
import { hrefOf, readFields, type FieldSchemas, type ReadFields } from './query.ts';
import { VIEWED } from './security.ts';

/** What a page with a list shows: what its address asked for, and the items. */
export interface ListView<Schemas extends FieldSchemas, Item> extends ReadFields<Schemas> {
  readonly page: ListPage<Item>;
}

interface ListRoute<Schemas extends FieldSchemas, Item> {
  readonly path: string;
  /** What the list can be narrowed to. */
  readonly fields: Schemas;
  readonly list: (
    filter: ReadFields<Schemas>['filter'],
    page: { limit: number; cursor?: string },
  ) => Promise<ListPage<Item>>;
  readonly show: (view: ListView<Schemas, Item>) => Page | Promise<Page>;
}

const PER_PAGE = 50;

/** Registers a list by whatever its address says; a cursor that is none of ours leads to its beginning. */
export function listRoute<Schemas extends FieldSchemas, Item>(
  app: FastifyInstance,
  respond: Respond,
  { path, fields, list, show }: ListRoute<Schemas, Item>,
): void {
  app.get(path, VIEWED, async (request, reply) => {
    const read = readFields(request.query, fields);
    const { filter, given, cursor } = read;
    try {
      const page = await list(filter, { limit: PER_PAGE, ...(cursor === undefined ? {} : { cursor }) });
      return await respond(request, reply, await show({ ...read, page }));
    } catch (error) {
      if (!(error instanceof InvalidCursorError)) throw error;
      return reply.redirect(hrefOf(path, given), 303);
    }
  });
}
