import fc from 'fast-check';
import type { Tally } from '../tally.ts';
import type { StackCommand } from './commands.ts';
import { documentsOf, namesOf, STACKS, type Stack, type StackDocument } from './documents.ts';

const stacks = fc.constantFrom<Stack>(...STACKS);
const HOUR_MS = 3_600_000;

function writes(tally: Tally): fc.Arbitrary<StackCommand> {
  return stacks
    .chain((stack) => fc.record({ stack: fc.constant(stack), name: fc.constantFrom(...namesOf(stack)) }))
    .chain((where) => fc.record({ ...constants(where), document: documentsOf(where.stack, where.name) }))
    .map(({ stack, name, document }) => ({
      check: () => true,
      run: async ({ documents, converged }, world) => {
        tally.add('edits', documents[stack].has(name) ? 'edit a document' : 'write a document');
        documents[stack].set(name, document);
        world.write(stack, name, document);
        converged[stack] = false;
      },
      toString: () => `${stack}: write ${name} ${JSON.stringify(document)}`,
    }));
}

function constants(where: { stack: Stack; name: string }): {
  stack: fc.Arbitrary<Stack>;
  name: fc.Arbitrary<string>;
} {
  return { stack: fc.constant(where.stack), name: fc.constant(where.name) };
}

function removals(tally: Tally): fc.Arbitrary<StackCommand> {
  return stacks
    .chain((stack) => fc.record({ stack: fc.constant(stack), name: fc.constantFrom(...namesOf(stack)) }))
    .map(({ stack, name }) => ({
      check: ({ documents }) => documents[stack].has(name),
      run: async ({ documents, converged }, world) => {
        tally.add('edits', 'delete a document');
        documents[stack].delete(name);
        world.write(stack, name, undefined);
        converged[stack] = false;
      },
      toString: () => `${stack}: delete the document ${name}`,
    }));
}

function renames(tally: Tally): fc.Arbitrary<StackCommand> {
  return stacks
    .chain((stack) =>
      fc.record({
        stack: fc.constant(stack),
        names: fc.shuffledSubarray([...namesOf(stack)], { minLength: 2, maxLength: 2 }),
        isSaid: fc.boolean(),
      }),
    )
    .map(({ stack, names: [from = '', to = ''], isSaid }) => ({
      check: ({ documents }) => documents[stack].has(from) && !documents[stack].has(to),
      run: async ({ documents, converged }, world) => {
        tally.add('edits', isSaid ? 'rename with renamedFrom' : 'rename without renamedFrom');
        const { vmid, memory, lines } = documents[stack].get(from) as StackDocument;
        const document = { vmid, memory, lines, ...(isSaid ? { renamedFrom: from } : {}) };
        documents[stack].delete(from);
        documents[stack].set(to, document);
        world.write(stack, from, undefined);
        world.write(stack, to, document);
        converged[stack] = false;
      },
      toString: () => `${stack}: rename ${from} to ${to}${isSaid ? ', and say so' : ''}`,
    }));
}

function hours(tally: Tally): fc.Arbitrary<StackCommand> {
  return fc.integer({ min: 1, max: 3 }).map((count) => ({
    check: () => true,
    run: async (_model, world) => {
      tally.add('edits', 'time goes by');
      world.forward(count * HOUR_MS);
    },
    toString: () => `${count} hours go by`,
  }));
}

/** What happens to the documents of the two stacks, and time. */
export function editCommands(tally: Tally): readonly fc.Arbitrary<StackCommand>[] {
  return [writes(tally), writes(tally), writes(tally), removals(tally), renames(tally), renames(tally), hours(tally)];
}
