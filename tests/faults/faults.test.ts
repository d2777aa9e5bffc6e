import { faultCells } from './matrix.ts';
import { playMatrix } from './play-matrix.ts';

playMatrix(
  'fault matrix',
  'R-22 R-24 R-25: whatever befalls one request of “%s”, its report is right, and the next run brings it to its end',
  faultCells,
  12,
);
