type Environment = Readonly<Record<string, string | undefined>>;

export function findOnPath(name: string, env: Environment): string | undefined;
export function findRedisServer(env: Environment): string | undefined;
export function findPostgresFolder(env: Environment): string | undefined;
export function findPython(env: Environment): string | undefined;
export function findCurl(env: Environment): string | undefined;
export function findPgbouncer(env: Environment): string | undefined;
export function findNginx(env: Environment): string | undefined;
export function findChromium(env: Environment): string | undefined;
