import type { Diagnostic } from '../core/diagnostic.ts';
import type { Plan } from '../core/plan.ts';
import type { PlanHtmlOptions } from '../report/html/plan-html.ts';

// GitHub takes 65,536 characters for a comment, and a program may put a few words around.
const COMMENT_LIMIT = 65_000;

/** What reports need to know besides the plan. */
export interface PlanReportOptions extends PlanHtmlOptions {
  /** Takes secrets out of a text, before it is escaped. */
  readonly clean?: ((text: string) => string) | undefined;
}

const asItIs = (text: string): string => text;

/** A plan in the form that `--format` names, errors and all; undefined for text and JSON. */
export async function planReport(
  format: string | undefined,
  plan: Plan,
  options: PlanReportOptions,
): Promise<string | undefined> {
  const { clean = asItIs } = options;
  switch (format) {
    case 'html': {
      const { formatPlanHtml } = await import('../report/html/plan-html.ts');
      return formatPlanHtml(plan, options);
    }
    case 'markdown': {
      const { formatPlanMarkdown } = await import('../report/markdown/plan-markdown.ts');
      return formatPlanMarkdown(plan, { ...options, clean, limit: COMMENT_LIMIT });
    }
    case 'junit': {
      const { formatPlanJunit } = await import('../report/junit/plan-junit.ts');
      return formatPlanJunit(plan, { ...options, clean });
    }
    default:
      return undefined;
  }
}

/** What was found in documents before there is a plan or a status, in the form that `--format` names; undefined for text and JSON. */
export async function findingsReport(
  format: string | undefined,
  diagnostics: readonly Diagnostic[],
  files: ReadonlyMap<string, string>,
  { stack, clean = asItIs }: { readonly stack: string | null } & Pick<PlanReportOptions, 'clean'>,
): Promise<string | undefined> {
  switch (format) {
    case 'html': {
      const { formatFindingsPage } = await import('../report/html/findings-page.ts');
      return formatFindingsPage(diagnostics, files);
    }
    case 'markdown': {
      const { formatFindingsMarkdown } = await import('../report/markdown/findings-markdown.ts');
      return formatFindingsMarkdown(diagnostics, files, { stack, limit: COMMENT_LIMIT, clean });
    }
    case 'junit': {
      const { formatFindingsJunit } = await import('../report/junit/plan-junit.ts');
      return formatFindingsJunit(diagnostics, { files, clean });
    }
    default:
      return undefined;
  }
}
