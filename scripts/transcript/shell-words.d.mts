export function shellWords(line: string): string[];
