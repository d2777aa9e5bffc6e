import fc from 'fast-check';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { RUNS } from '../requirements/generated-specs.ts';
import { templates } from '../requirements/generated-templates.ts';
import { loadFiles } from './load-text.ts';

it('a document with variables, bases and instances comes to what is written out in full', async () => {
  await fc.assert(
    fc.asyncProperty(templates, async ({ files, variables, env, spec, count }) => {
      const written = Array.from({ length: count }, (_, index) =>
        stringify({ kind: 'vm', name: `w-${index + 1}`, ...spec }, { aliasDuplicateObjects: false }),
      );
      const plain = await loadFiles({ 'vm.yaml': written.join('---\n') });
      const options = { variables, env, variableFiles: ['values.yaml'] };
      const made = await loadFiles(files, ['vm.yaml'], '', options);
      // A generated password stands in the document, which is warned of.
      const errors = [...made.diagnostics, ...plain.diagnostics].filter(({ severity }) => severity === 'error');
      expect(errors).toEqual([]);
      expect(made.resources.map(({ address, spec: resolved }) => [address, resolved])).toEqual(
        plain.resources.map(({ address, spec: resolved }) => [address, resolved]),
      );
    }),
    { ...RUNS, numRuns: RUNS.numRuns * 4 },
  );
}, 600_000);
