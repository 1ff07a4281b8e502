import { z } from 'zod';
import { badInput, type Failure } from '../core/failure.ts';
import { nearest } from '../core/spelling.ts';

type Issue = z.core.$ZodIssue;

/** A document that a person wrote, and against what it was checked. */
export interface Checked {
  /** "Cannot use the recipe". */
  what: string;
  /** Its file. */
  path: string;
  schema: z.ZodType;
  document: unknown;
  /** What may stand in place of what is missing at a path, as ", or null". */
  orElse?: (path: PropertyKey[]) => string;
}

/** A document from the text of its file; throws a Failure `input` where it is not JSON. */
export function parseDocument(text: string, noun: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = `it is not JSON: ${(error as Error).message}`;
    throw badInput({ what: `Cannot read the ${noun}`, path, why, cause: error });
  }
}

/** The first thing wrong with a document, as one line with its place: `shots[2].panels[0].camera`. */
export function firstFault(issues: readonly Issue[], checked: Checked): Failure {
  const { what, path, schema, document, orElse } = checked;
  const issue = mostTelling(issues);
  if (issue.code === 'unrecognized_keys') {
    const name = issue.keys[0]!;
    const meant = nearest(name, namesAt(schema, issue.path, document));
    return badInput({
      what,
      path,
      at: placeOf([...issue.path, name]),
      why: `there is no field of the name ${name}`,
      whatToDo: meant ? `Did you mean ${meant}?` : 'Remove it',
    });
  }
  const at = issue.path.length > 0 ? { at: placeOf(issue.path) } : {};
  return badInput({ what, path, ...at, why: whyOf(issue, orElse?.(issue.path) ?? '') });
}

/** A path as it is written in JavaScript: `shots[2].panels[0]`. */
export function placeOf(path: readonly PropertyKey[]): string {
  return path
    .map((step, k) => (typeof step === 'number' ? `[${step}]` : `${k > 0 ? '.' : ''}${String(step)}`))
    .join('');
}

/** The most telling issue: inside a union, the branch that got furthest. */
function mostTelling(issues: readonly Issue[], prefix: PropertyKey[] = []): Issue {
  const issue = issues[0]!;
  const path = [...prefix, ...issue.path];
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const branches = issue.errors.filter((errors) => errors.length > 0).map((errors) => mostTelling(errors, path));
    const deepest = branches.toSorted((a, b) => b.path.length - a.path.length)[0];
    if (deepest && deepest.path.length > path.length) return deepest;
  }
  return { ...issue, path };
}

const KINDS: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'an object of named fields',
  record: 'an object of named fields',
  string: 'a text',
  tuple: 'a list',
};
const COUNTED: Readonly<Record<string, [verb: string, unit: string]>> = {
  array: ['hold', ' entries'],
  string: ['have', ' letters'],
};

/** The reason in the words of all errors. */
function whyOf(issue: Issue, orElse: string): string {
  if (issue.code === 'invalid_type') return `it must be ${KINDS[issue.expected] ?? issue.expected}${orElse}`;
  if (issue.code === 'invalid_value')
    return `it must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
  if (issue.code === 'too_small' || issue.code === 'too_big') {
    const [verb, unit] = COUNTED[issue.origin] ?? ['be', ''];
    const [limit, beyond, within] =
      issue.code === 'too_small' ? [issue.minimum, 'more than', 'at least'] : [issue.maximum, 'less than', 'at most'];
    return `it must ${verb} ${issue.inclusive ? within : beyond} ${limit}${unit}`;
  }
  return `it ${issue.message.charAt(0).toLowerCase()}${issue.message.slice(1)}`;
}

/** The fields that the schema knows at a path of a document; empty where the path leaves it. */
function namesAt(schema: z.ZodType, path: readonly PropertyKey[], document: unknown): string[] {
  let at: unknown = schema;
  let value = document;
  for (const name of [...path, null]) {
    at = bare(at, value);
    if (name === null) break;
    if (at instanceof z.ZodObject) at = at.shape[name as string];
    else if (at instanceof z.ZodRecord) at = at.valueType;
    else if (at instanceof z.ZodArray) at = at.element;
    else return [];
    value = (value as Record<PropertyKey, unknown> | null | undefined)?.[name];
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

/** A schema without what allows it to be absent; of a union by kind, the one of the value's kind. */
function bare(schema: unknown, value: unknown): unknown {
  let at = schema;
  while (at instanceof z.ZodExactOptional || at instanceof z.ZodNullable) at = at.unwrap();
  if (!(at instanceof z.ZodDiscriminatedUnion)) return at;
  const { kind } = (value ?? {}) as { kind?: unknown };
  const ofKind = at.options.find(
    (option) => option instanceof z.ZodObject && option.shape['kind']?.safeParse(kind).success,
  );
  return ofKind ?? at;
}
