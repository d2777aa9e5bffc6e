import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const FILE = join(root, 'tests/pve/planted-snippet.ts');

const { options } = ts.parseJsonConfigFileContent(
  ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config,
  ts.sys,
  root,
);

/** A complaint of the compiler about a snippet. */
export interface Complaint {
  /** Counted from 1. */
  readonly line: number;
  readonly code: number;
  readonly message: string;
}

/** What the compiler, as strict as the project has it, says of a module that would stand in this folder. */
export function compileSnippet(text: string): readonly Complaint[] {
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (file) => file === FILE || fileExists.call(host, file);
  host.getSourceFile = (file, ...rest) =>
    file === FILE
      ? ts.createSourceFile(file, text, options.target ?? ts.ScriptTarget.ES2023)
      : getSourceFile(file, ...rest);
  const program = ts.createProgram([FILE], options, host);
  const source = program.getSourceFile(FILE);
  return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
    ({ start = 0, code, messageText }) => ({
      line: (source?.getLineAndCharacterOfPosition(start).line ?? 0) + 1,
      code,
      message: ts.flattenDiagnosticMessageText(messageText, '\n'),
    }),
  );
}

/** The names of an interface's members, in a file of the project. */
export function membersOf(file: string, name: string): readonly string[] {
  const source = ts.createSourceFile(file, ts.sys.readFile(join(root, file)) ?? '', ts.ScriptTarget.ES2023);
  const found = source.statements.filter(ts.isInterfaceDeclaration).find((one) => one.name.text === name);
  return (found?.members ?? []).flatMap((member) =>
    member.name !== undefined && ts.isStringLiteral(member.name) ? [member.name.text] : [],
  );
}
