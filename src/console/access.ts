/** What a page of the console needs of whoever opens it; pages stand in no OpenAPI document. */
export const VIEWED = { config: { access: 'view', page: true }, schema: { hide: true } } as const;
export const OPERATED = { config: { access: 'operate', page: true }, schema: { hide: true } } as const;
