export function openRunFolder(): Promise<string>;
