import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Metrics } from '../ports.ts';

/**
 * Counts every answer under its route's pattern. What matched no route is one row whatever was asked for, and what lies
 * under a mount is one row of it, or strangers could fill the memory with names.
 */
export function registerHttpMetrics(
  app: FastifyInstance,
  { metrics, mounts }: { metrics: Pick<Metrics, 'httpAnswered'>; mounts: readonly string[] },
): void {
  app.addHook('onResponse', (request, reply, done) => {
    const { method, route } = placeOf(request, mounts);
    metrics.httpAnswered({ method, route, status: reply.statusCode }, reply.elapsedTime);
    done();
  });
}

function placeOf(request: FastifyRequest, mounts: readonly string[]): { method: string; route: string } {
  const route = request.routeOptions.url;
  if (route === undefined) return { method: 'any', route: 'unknown' };
  return { method: request.method, route: mounts.find((mount) => route.startsWith(mount)) ?? route };
}
