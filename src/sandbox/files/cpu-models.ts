import { formatSections, parseSections, type Section } from './section-config.ts';

/** Where processor models of one's own stand (qemu-server: PVE/QemuServer/CPUConfig.pm). */
export const CPU_MODELS_FILE = 'virtual-guest/cpu-models.conf';

/** The models of that file; none where there is no file. */
export function cpuModelsIn(text: string | undefined): readonly Section[] {
  return parseSections(text ?? '').filter(({ type }) => type === 'cpu-model');
}

/** The text of that file. */
export function formatCpuModels(models: readonly Section[]): string {
  return formatSections(models);
}
