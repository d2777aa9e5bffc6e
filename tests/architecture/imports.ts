import { posix } from 'node:path';
import ts from 'typescript';

/** What the rules need to know of one source file. */
export interface SourceFacts {
  /** Relative to the root, as in `src/spec/parse.ts`. */
  readonly path: string;
  readonly lines: number;
  /** What it imports, by name or dynamically, types too; relative ones as paths from the root. */
  readonly imports: readonly string[];
  /** Names of interest that its code uses, as in `Promise.all`, `process.exit`, `setTimeout`, `export default`. */
  readonly uses: readonly string[];
}

function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return node.argument.literal;
  if (
    ts.isCallExpression(node) &&
    (node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText() === 'require')
  ) {
    return node.arguments[0];
  }
  return undefined;
}

function useOf(node: ts.Node): string | undefined {
  if (ts.isExportAssignment(node) || node.kind === ts.SyntaxKind.DefaultKeyword)
    return node.kind === ts.SyntaxKind.DefaultKeyword && ts.isDefaultClause(node.parent) ? undefined : 'export default';
  if (ts.isPropertyAccessExpression(node)) {
    const name = node.getText().replaceAll(/\s|\?/g, '');
    return ['Promise.all', 'process.exit', 'globalThis.setTimeout'].includes(name)
      ? name.replace('globalThis.', '')
      : undefined;
  }
  const isName = ts.isIdentifier(node) && node.text === 'setTimeout';
  return isName && !(ts.isPropertyAccessExpression(node.parent) && node.parent.name === node)
    ? 'setTimeout'
    : undefined;
}

/** Reads what the rules need to know out of a file's text. */
export function readSource(path: string, text: string): SourceFacts {
  const imports: string[] = [];
  const uses = new Set<string>();
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node);
    if (specifier !== undefined && ts.isStringLiteralLike(specifier)) {
      imports.push(specifier.text.startsWith('.') ? posix.join(posix.dirname(path), specifier.text) : specifier.text);
    }
    const use = useOf(node);
    if (use !== undefined) uses.add(use);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true));
  return { path, lines: text.split('\n').length - 1, imports, uses: [...uses] };
}
