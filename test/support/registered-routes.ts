import type { FastifyInstance } from 'fastify';

export interface RegisteredRoute {
  readonly method: string;
  readonly path: string;
}

/**
 * Every route of the app, those that no document names included, read from the router's own print: a tree with
 * four columns of indent to a level and the methods in brackets.
 */
export function registeredRoutes(app: FastifyInstance): readonly RegisteredRoute[] {
  const levels: string[] = [];
  return app
    .printRoutes({ commonPrefix: false })
    .split('\n')
    .flatMap((line) => {
      const [, indent = '', part = '', methods = ''] =
        /^((?:[│ ] {3})*)[├└]── (\S+) \(([A-Z, ]+)\)$/.exec(line) ?? [];
      if (part === '') return [];
      const level = indent.length / 4;
      levels.length = level;
      levels[level] = part;
      const path = levels.join('');
      return methods.split(', ').map((method) => ({ method, path }));
    });
}
