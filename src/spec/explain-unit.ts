import type { Field } from '../core/field.ts';
import type { Words } from './explain-value.ts';
import type { Located } from './schema-node.ts';
import { displayValue } from './words.ts';

const DECIMAL_UNITS = /^(\d+(?:\.\d+)?)\s*([kmgt])b$/i;
const BINARY_UNITS = /^(\d+(?:\.\d+)?)\s*([kmgt])(i?b?)$/i;

/**
 * What is wrong with the unit of a size or a duration, and what was probably meant: Proxmox VE counts disks in GiB and
 * memory in MiB. Undefined where the value is not about a unit.
 */
export function explainUnit(
  path: string,
  value: unknown,
  located: readonly Located[],
  field: Field | undefined,
): Words | undefined {
  const takes = (name: string): boolean => located.some((candidate) => candidate.name === name);
  const text = typeof value === 'number' || typeof value === 'string' ? String(value) : undefined;
  if (text === undefined) return undefined;
  const bare = /^\d+(\.\d+)?$/.test(text);
  if (takes('duration') && bare)
    return ['duration without unit', `${path} is ${text}, without a unit. Write ${text}s where seconds were meant.`];
  if (!takes('size')) return undefined;
  if (bare) {
    const memory = field?.codec === 'mebibytes' || field?.codec === 'balloon';
    const [thing, unit] = memory ? ['memory', 'MiB'] : ['disks', 'GiB'];
    return [
      'size without unit',
      `${path} is ${text}, without a unit. Proxmox VE counts ${thing} in ${unit}: write ${text}${unit} where that was meant.`,
    ];
  }
  const decimal = DECIMAL_UNITS.exec(text);
  if (decimal !== null) {
    const unit = `${decimal[2]?.toUpperCase()}iB`;
    const detail = `${path} is ${displayValue(value)}. Sizes are binary, as Proxmox VE counts them: write ${decimal[1]}${unit}.`;
    return ['unknown unit', detail];
  }
  const binary = BINARY_UNITS.exec(text);
  // A known unit in the wrong case, or too much space before it.
  if (binary !== null)
    return ['unknown unit', `${path} is ${displayValue(value)}. Write ${binary[1]}${binary[2]?.toUpperCase()}iB.`];
  return undefined;
}
