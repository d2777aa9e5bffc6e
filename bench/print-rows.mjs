/** Prints what was measured beside its floor; the exit code is 1 where a bound does not hold. */
export function printRows(rows) {
  const width = Math.max(...rows.map(({ what }) => what.length));
  for (const { what, measured, floor, unit, bound, note } of rows) {
    const ratio = measured / floor;
    const [left, right] = [measured, floor].map((value) => `${value.toFixed(1)} ${unit}`.padEnd(12));
    const holds = ratio <= bound ? 'holds' : 'does not hold';
    const more = note === undefined ? '' : `  (${note})`;
    console.log(`${what.padEnd(width)}  ${left} ${right} ${ratio.toFixed(2)} of ${bound.toFixed(2)}  ${holds}${more}`);
    if (ratio > bound) process.exitCode = 1;
  }
}
