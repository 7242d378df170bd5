export function projectUrl(path: string): URL;
export function projectPath(path: string): string;
