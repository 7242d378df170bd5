export const STEPS: readonly {
  readonly title: string;
  readonly command: string;
  readonly answer?: string;
  readonly afterMs?: number;
}[];
