import type { Field } from '../../core/field.ts';
import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import type { OptionKey } from '../../core/option-key.ts';
import { originOf, type Resource } from '../../core/resource.ts';
import type { LiveState, ManagedValue } from '../kind.ts';
import { optionKey } from './option-keys.ts';
import { completed, meansSame, optionParts } from './option-meaning.ts';
import { isInVersion } from './project.ts';

/** The entries of `options`, sorted by key. */
export function writtenOptions(resource: Resource): readonly (readonly [key: string, value: Json])[] {
  const options = resource.spec['options'];
  if (!isObject(options)) return [];
  return Object.entries(options as JsonObject).sort(([left], [right]) => (left < right ? -1 : 1));
}

/** A value as Proxmox VE's text: switches are 1 and 0. */
export function optionText(value: Json): string {
  return typeof value === 'boolean' ? String(Number(value)) : String(value);
}

/** Which privilege a value takes: devices of the host itself are root's (qemu-server: PVE/API2/Qemu.pm, check_usb_perm). */
function privilegeOf(key: string, option: OptionKey, text: string): string {
  const parts = optionParts(option, text);
  const raw =
    (/^hostpci/.test(key) && (parts?.['mapping'] === undefined || parts['romfile'] !== undefined)) ||
    (/^usb/.test(key) && parts?.['mapping'] === undefined && parts?.['host']?.toLowerCase() !== 'spice') ||
    (/^serial/.test(key) && text !== 'socket');
  return raw ? 'root@pam' : option.privilege;
}

/** `hotplug` itself changes at once, unless memory or processors are, or were, in it (PVE/QemuServer.pm). */
function classOf(key: string, option: OptionKey, texts: readonly (string | undefined)[]): OptionKey['class'] {
  return key === 'hotplug' && !texts.some((text) => /cpu|memory/.test(text ?? '')) ? 'I' : option.class;
}

/** The field that stands for a raw config key. */
function optionField(key: string, option: OptionKey, text: string): Field {
  return {
    path: `options.${key}`,
    key,
    codec: 'string',
    class: option.class,
    privilege: privilegeOf(key, option, text),
    ...(option.absent === undefined ? {} : { absent: option.absent }),
    ...(option.since === undefined ? {} : { since: option.since }),
    description: `The config key ${key} of Proxmox VE, as it is.`,
  };
}

/**
 * The raw config keys that a document manages. A live value that means the same stands in for what is written, so that
 * its spelling is never a change.
 */
export function optionValues(resource: Resource, live: LiveState | undefined): readonly ManagedValue[] {
  return writtenOptions(resource).flatMap(([key, written]) => {
    const option = optionKey(key);
    if (option === undefined) return [];
    const [current, pending] = [live?.current.get(key), live?.pending.get(key)];
    const text = completed(key, option, written === null ? undefined : optionText(written), pending);
    const same = [pending, current].find(
      (stored) => stored !== undefined && text !== undefined && meansSame(key, option, text, stored),
    );
    const origin = originOf(resource, `/options/${key}`);
    const field = optionField(key, option, text ?? pending ?? current ?? '');
    return [
      {
        path: field.path,
        key,
        field: { ...field, class: classOf(key, option, [text, current]) },
        value: same ?? text,
        origin: origin.text,
        builtIn: false,
      },
    ];
  });
}

/** The written options that the server's version does not have. */
export function optionsOutsideVersion(
  resource: Resource,
  version: string,
): readonly { readonly field: Field; readonly path: string }[] {
  return writtenOptions(resource).flatMap(([key, value]) => {
    const option = optionKey(key);
    if (option === undefined || value === null) return [];
    const field = optionField(key, option, '');
    return isInVersion(field, version) ? [] : [{ field, path: field.path }];
  });
}
