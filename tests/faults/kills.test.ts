import { killCells } from './matrix.ts';
import { playMatrix } from './play-matrix.ts';

playMatrix(
  'kill matrix',
  'R-23: killed before or after any request of “%s”, the next run brings it to its end',
  killCells,
  8,
);
