/**
 * The places of a consumer that only live jobs may take, so that bulk jobs that wait for a slow AWS never fill them
 * all: a tenth, at least two. One place at least is left for bulk jobs, so a consumer of one place reserves none.
 */
export function liveOnlyPlaces(places: number): number {
  return Math.min(places - 1, Math.max(2, Math.ceil(places / 10)));
}
