import type { Json, JsonObject } from '../../core/json.ts';
import { failure } from '../api-error.ts';
import { splitList } from '../check-value.ts';
import { CPU_MODELS_FILE, cpuModelsIn, formatCpuModels } from '../files/cpu-models.ts';
import type { Section } from '../files/section-config.ts';
import type { HouseCall, HouseEndpoint } from '../house.ts';

const PATH = '/cluster/qemu/custom-cpu-models';
const NUMERIC = new Set(['hidden', 'guest-phys-bits', 'level']);

/** Processor models of one's own, of which guests say `cpu: custom-NAME` (qemu-server: PVE/API2/Qemu/CustomCPUModels.pm). */
export const cpuModelEndpoints: readonly HouseEndpoint[] = [
  { method: 'GET', path: PATH, handle: list },
  { method: 'POST', path: PATH, handle: create },
  { method: 'GET', path: `${PATH}/{cputype}`, handle: (call) => row(call, existing(call)) },
  { method: 'PUT', path: `${PATH}/{cputype}`, handle: update },
  { method: 'DELETE', path: `${PATH}/{cputype}`, handle: remove },
];

function modelsOf({ host }: HouseCall): readonly Section[] {
  return cpuModelsIn(host.files.read(CPU_MODELS_FILE));
}

/** The name of a model, which may be given with its prefix. */
function nameIn({ params }: HouseCall): string {
  return String(params['cputype']).replace(/^custom-/, '');
}

function existing(call: HouseCall): Section {
  const name = nameIn(call);
  const model = modelsOf(call).find(({ id }) => id === name);
  if (model === undefined) throw failure(`Custom cputype '${name}' not found`);
  return model;
}

function list(call: HouseCall): Json {
  const { host, user } = call;
  return modelsOf(call)
    .filter(({ id }) => {
      const held = host.access.privileges(user, `/mapping/cpu/${id}`);
      return held.has('Mapping.Audit') || held.has('Mapping.Use') || held.has('Mapping.Modify');
    })
    .map((model) => row(call, model));
}

function row({ host }: HouseCall, { id, values }: Section): JsonObject {
  const shown = Object.entries(values).map(([key, text]) => [key, NUMERIC.has(key) ? Number(text) : text]);
  return { ...Object.fromEntries(shown), cputype: `custom-${id}`, digest: host.digestOf(CPU_MODELS_FILE) };
}

function save({ host }: HouseCall, models: readonly Section[]): null {
  host.files.write(CPU_MODELS_FILE, formatCpuModels(models));
  return null;
}

function valuesIn({ params }: HouseCall): Readonly<Record<string, string>> {
  const { cputype, digest, delete: deleted, ...values } = params;
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, String(value)]));
}

function create(call: HouseCall): null {
  const id = nameIn(call);
  const models = modelsOf(call);
  if (models.some((model) => model.id === id)) throw failure(`custom CPU model '${id}' already exists`);
  return save(call, [...models, { type: 'cpu-model', id, values: valuesIn(call) }]);
}

function update(call: HouseCall): null {
  const { host, params } = call;
  const model = existing(call);
  const { digest } = params;
  if (digest !== undefined && digest !== '' && digest !== host.digestOf(CPU_MODELS_FILE)) {
    throw failure('detected modified configuration - file changed by other user? Try again.');
  }
  const dropped = new Set(splitList(String(params['delete'] ?? '')));
  const kept = Object.entries({ ...model.values, ...valuesIn(call) }).filter(([key]) => !dropped.has(key));
  const changed: Section = { ...model, values: Object.fromEntries(kept) };
  return save(
    call,
    modelsOf(call).map((other) => (other.id === model.id ? changed : other)),
  );
}

/** What guests say of the model cannot be read any more. */
function remove(call: HouseCall): null {
  const name = nameIn(call);
  return save(
    call,
    modelsOf(call).filter(({ id }) => id !== name),
  );
}
