import { type Checked, type FieldIssue, invalid, ISSUES_MAX, valid } from './field-issue.ts';
import { partitionOf, type Region } from './region.ts';
import { quoted, shown } from './shown.ts';

/** The whole name of a partner event source: `aws.partner/<partner>/<namespace…>/<name>`. */
export type SourceName = string & { readonly __brand: 'SourceName' };

/** The partner's registered domain name, the first segment after `aws.partner/`. */
export type PartnerName = string & { readonly __brand: 'PartnerName' };

/** EventBridge API reference, CreatePartnerEventSource, `Name`: 1..256 characters with this pattern. */
export const SOURCE_NAME_PATTERN = /^aws\.partner(\/[.\-_A-Za-z0-9]+){2,}$/;
export const SOURCE_NAME_MAX_LENGTH = 256;

/** For a bracket expression of JavaScript or PostgreSQL: the SQL function `onboarding.accept` has it too. */
export const SEGMENT_CHARACTERS = '-._A-Za-z0-9';
const SEGMENT = new RegExp(`^[${SEGMENT_CHARACTERS}]+$`);
const ONLY_DOTS = /^[.]+$/;
export const SOURCE_NAME_PREFIX = 'aws.partner/';
/** Of a longer name nothing but the length is looked at: the segments of 16 MB would take seconds to name. */
export const LOOKED_AT_LENGTH = 4_096;

export function isPartnerName(input: string): input is PartnerName {
  return SEGMENT.test(input) && !ONLY_DOTS.test(input) && input.length <= 128;
}

/**
 * Joins a namespace (one or more segments) and an event name (exactly one) to a source name. Nothing is
 * rewritten: case, dots and underscores stay as sent. Every bad segment is named in its own field.
 */
export function buildSourceName(
  partner: PartnerName,
  eventNamespace: string,
  eventName: string,
): Checked<SourceName> {
  const name = `${SOURCE_NAME_PREFIX}${partner}/${eventNamespace}/${eventName}`;
  if (name.length > LOOKED_AT_LENGTH) return withinLength(name, partner, 'eventName');
  const issues = [
    ...pathIssues('eventNamespace', eventNamespace),
    ...(eventName.includes('/')
      ? [
          badName(
            'eventName',
            `eventName is one segment and cannot hold "/", as ${shown(eventName)} does: put what stands before it into eventNamespace.`,
          ),
        ]
      : segmentIssue('eventName', eventName, eventName)),
  ];
  if (issues.length > 0) return invalid(...issues);
  return withinLength(name, partner, 'eventName');
}

/** Reads a whole source name, which must lie under the partner's own prefix. */
export function parseSourceName(partner: PartnerName, input: string): Checked<SourceName> {
  const field = 'sourceName';
  const own = `${SOURCE_NAME_PREFIX}${partner}/`;
  if (!input.startsWith(SOURCE_NAME_PREFIX)) {
    return invalid(badName(field, `A source name starts with "${own}" (lower case), not ${shown(input)}.`));
  }
  if (!input.startsWith(own)) {
    return invalid({
      field,
      code: 'wrong_partner',
      message: `This service creates sources under "${own}" only, not ${shown(input)}.`,
    });
  }
  if (input.length > LOOKED_AT_LENGTH) return withinLength(input, partner, field);
  const issues = pathIssues(field, input.slice(own.length));
  if (issues.length > 0) return invalid(...issues);
  return withinLength(input, partner, field);
}

/** Each different bad segment once. */
function pathIssues(field: string, path: string): FieldIssue[] {
  const segments = [...new Set(path.split('/'))];
  return segments.flatMap((segment) => segmentIssue(field, segment, path)).slice(0, ISSUES_MAX);
}

function segmentIssue(field: string, segment: string, path: string): FieldIssue[] {
  if (segment === '') {
    return [
      badName(field, `${shown(path)} has an empty segment: check for a leading, trailing or doubled "/".`),
    ];
  }
  if (ONLY_DOTS.test(segment)) {
    return [
      badName(
        field,
        `The segment ${shown(segment)} is only dots, which tools that build paths from the name misread: use letters or digits.`,
      ),
    ];
  }
  if (!SEGMENT.test(segment)) {
    const bad = [...new Set(Array.from(segment).filter((character) => !SEGMENT.test(character)))].slice(0, 5);
    const what = `The segment ${shown(segment)} holds ${bad.map(quoted).join(', ')}`;
    return [badName(field, `${what}; allowed are A-Z a-z 0-9 . - _`)];
  }
  return [];
}

const badName = (field: string, message: string): FieldIssue => ({
  field,
  code: 'invalid_source_name',
  message,
});

function withinLength(name: string, partner: PartnerName, field: string): Checked<SourceName> {
  if (name.length > SOURCE_NAME_MAX_LENGTH) {
    const own = SOURCE_NAME_MAX_LENGTH - SOURCE_NAME_PREFIX.length - partner.length - 1;
    return invalid({
      field,
      code: 'source_name_too_long',
      message: `The whole name ${quoted(name)} has ${name.length} characters; AWS allows ${SOURCE_NAME_MAX_LENGTH}, which leaves ${own} after "${SOURCE_NAME_PREFIX}${partner}/".`,
    });
  }
  return valid(name as SourceName);
}

/**
 * The ARN that a partner event source has. The account field is empty and the name holds `aws.partner/` once
 * (Amazon EventBridge Partner Onboarding Guide, "Partner APIs"). Used when AWS's answers left the ARN out.
 */
export function deriveSourceArn(region: Region, sourceName: SourceName): string {
  return `arn:${partitionOf(region)}:events:${region}::event-source/${sourceName}`;
}

/** Whether a text is the ARN of this very source, in whatever partition AWS says that the Region is. */
export function isArnOfSource(arn: string, region: Region, sourceName: SourceName): boolean {
  const [prefix, partition, service, ...rest] = arn.split(':');
  if (prefix !== 'arn' || service !== 'events' || !/^aws[a-z-]*$/.test(partition ?? '')) return false;
  return rest.join(':') === `${region}::event-source/${sourceName}`;
}
