type Present<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

/** A filter without the members that were not given: zod leaves them there as undefined. */
export function withoutAbsent<T extends object>(members: T): Present<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Present<T>;
}
