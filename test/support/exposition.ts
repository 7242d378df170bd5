/** Prometheus' text format, read strictly: a line that is neither a comment nor a sample throws. */
export interface Exposition {
  /** Type by name, as the TYPE lines have them. */
  readonly types: ReadonlyMap<string, string>;
  readonly samples: readonly Sample[];
  /** The one sample with this name and exactly these labels; undefined when there is none. */
  readonly value: (name: string, labels?: Labels) => number | undefined;
  /** The sum over all samples with this name that have these labels, beside any others; undefined when there are none. */
  readonly sum: (name: string, labels?: Labels) => number | undefined;
}

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"(?:,|$)/g;

export function parseExposition(text: string): Exposition {
  const types = new Map<string, string>();
  const samples: Sample[] = [];
  for (const line of text.split('\n')) {
    const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line);
    if (type !== null) types.set(type[1] ?? '', type[2] ?? '');
    else if (line !== '' && !line.startsWith('# HELP ')) samples.push(parseSample(line));
  }
  const matching = (name: string, labels: Labels): Sample[] =>
    samples.filter(
      (sample) =>
        sample.name === name &&
        Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
    );
  return {
    types,
    samples,
    value: (name, labels = {}) =>
      matching(name, labels).find(
        (sample) => Object.keys(sample.labels).length === Object.keys(labels).length,
      )?.value,
    sum(name, labels = {}) {
      const found = matching(name, labels);
      return found.length === 0 ? undefined : found.reduce((total, { value }) => total + value, 0);
    },
  };
}

function parseSample(line: string): Sample {
  const [, name = '', labels = '', value = ''] = SAMPLE.exec(line) ?? [];
  if (name === '') throw new Error(`Not a sample: ${line}`);
  const pairs = [...labels.matchAll(LABEL)].map(([, label, text]) => [label, text] as const);
  const parsed = value === '+Inf' ? Infinity : Number(value === 'Nan' ? NaN : value);
  return { name, labels: Object.fromEntries(pairs) as Labels, value: parsed };
}
