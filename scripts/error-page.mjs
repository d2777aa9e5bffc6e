import { loadSource } from './load-source.mjs';

/** docs/errors.md: what each error means. */
export async function errorPage() {
  const { errorIndex } = await loadSource('src/report/errors/error-index.ts');
  return errorIndex();
}
