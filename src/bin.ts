import * as nodeModule from 'node:module';
import { openProcessIo } from './cli/process/process-io.ts';

// Node has it from 22.8 on, the types of Node 20 not at all.
(nodeModule as { readonly enableCompileCache?: () => unknown }).enableCompileCache?.();

const { io, finish } = openProcessIo();
const { main } = await import('./cli/main.ts');
finish(await main(process.argv.slice(2), io));
