import type { Address } from '../../core/address.ts';
import type { Diagnostic } from '../../core/diagnostic.ts';
import { errorName } from '../../core/error-name.ts';
import { formatDiagnostics, sortDiagnostics } from '../diagnostics-text.ts';
import { createTheme } from '../theme.ts';
import { type Element, formatXml } from './xml.ts';

/** A resource as a test case: where its document stands, and what is to be read beside the result. */
export interface JunitResource {
  readonly address: Address;
  readonly file: string;
  readonly line: number;
  readonly output?: string;
}

/** What is reported. */
export interface JunitReport {
  /** As in `pvevm validate`. */
  readonly name: string;
  readonly resources: readonly JunitResource[];
  readonly diagnostics: readonly Diagnostic[];
  /** The texts of the files that diagnostics speak of. */
  readonly files: ReadonlyMap<string, string>;
  readonly clean: (text: string) => string;
}

interface Case extends Omit<JunitResource, 'address'> {
  readonly name: string;
  readonly found: Diagnostic[];
}

const PLAIN = createTheme(false);
const WIDTH = 100;
// What speaks of no file.
const NO_FILE = 'documents';

/** The case of a diagnostic: its resource; where it has none, its file. */
function caseOf({ address, range }: Diagnostic, cases: readonly Case[]): Case | undefined {
  const named = cases.filter(({ name }) => name === (address ?? range?.file ?? NO_FILE));
  if (range === undefined || address === undefined) return named[0];
  // Two documents of one address are told apart by their places.
  const above = named.filter(({ file, line }) => file === range.file && line <= range.line);
  return above.at(-1) ?? named[0];
}

function casesOf({ resources, diagnostics }: JunitReport): readonly Case[] {
  const cases: Case[] = resources.map(({ address, ...rest }) => ({ ...rest, name: address, found: [] }));
  for (const diagnostic of sortDiagnostics(diagnostics)) {
    const known = caseOf(diagnostic, cases);
    if (known !== undefined) {
      known.found.push(diagnostic);
      continue;
    }
    const { address, range } = diagnostic;
    const file = range?.file ?? NO_FILE;
    cases.push({ name: address ?? file, file, line: range?.line ?? 1, found: [diagnostic] });
  }
  return cases;
}

function errorsOf({ found }: Case): readonly Diagnostic[] {
  return found.filter(({ severity }) => severity === 'error');
}

function caseElement(testCase: Case, { files }: JunitReport): Element {
  const { name, file, line, output, found } = testCase;
  const errors = errorsOf(testCase);
  const others = found.filter((diagnostic) => !errors.includes(diagnostic));
  const [first] = errors;
  const more = errors.length > 1 ? `, and ${errors.length - 1} more` : '';
  const place = first?.range === undefined ? '' : `${first.range.file}:${first.range.line}:${first.range.column}: `;
  const said = [output ?? '', formatDiagnostics(others, files, PLAIN, WIDTH)].filter((text) => text !== '').join('\n');
  return {
    name: 'testcase',
    attributes: { classname: file, name, file, line, time: 0 },
    content: [
      ...(first === undefined
        ? []
        : [
            {
              name: 'failure',
              attributes: { message: `${place}${first.summary}${more}`, type: errorName(first.code) },
              content: formatDiagnostics(errors, files, PLAIN, WIDTH),
            },
          ]),
      ...(said === '' ? [] : [{ name: 'system-out', attributes: {}, content: said }]),
    ],
  };
}

/**
 * A report in the form of JUnit, as CI systems show test results: a suite for each file, in it a test case for each
 * resource, and one for the file where something is wrong that belongs to no resource of it. Errors are failures; what is
 * no error stands beside the result. It has no times, so that the same findings give the same bytes.
 */
export function formatJunit(report: JunitReport): string {
  const cases = casesOf(report);
  const counts = (list: readonly Case[]): Readonly<Record<string, number>> => ({
    ...{ tests: list.length, failures: list.filter((item) => errorsOf(item).length > 0).length, errors: 0, time: 0 },
  });
  const suites = [...new Set(cases.map(({ file }) => file))].map((file): Element => {
    const own = cases.filter((item) => item.file === file);
    return {
      name: 'testsuite',
      attributes: { name: file, ...counts(own) },
      content: own.map((item) => caseElement(item, report)),
    };
  });
  return formatXml(
    { name: 'testsuites', attributes: { name: report.name, ...counts(cases) }, content: suites },
    report.clean,
  );
}
